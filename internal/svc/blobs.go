package svc

import (
	"context"
	"fmt"
	"io"
	"time"

	"user-api/internal/avatar"
	"user-api/internal/blob"
	"user-api/internal/config"
	"user-api/model"
)

// probeTime bounds the look whether the store of blobs works.
const probeTime = 5 * time.Second

// NewBlobs returns the configured store of blobs, or nil where there is none.
func NewBlobs(c config.Config) (blob.Store, error) {
	switch c.BlobStore() {
	case config.BlobsFile:
		return blob.NewFolder(c.BlobDir()), nil
	case config.BlobsS3:
		s3 := c.Blobs.S3
		return blob.NewBucket(blob.BucketOptions{
			Endpoint: s3.Endpoint, Region: s3.Region, Bucket: s3.Bucket, Prefix: s3.Prefix, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey,
			PathStyle: s3.PathStyle,
			// A request still has time to say so.
			Timeout: c.Timeout.Duration() * 3 / 5,
		})
	}
	return nil, nil
}

// wireAvatars makes what keeps pictures, unless there are none.
func (s *ServiceContext) wireAvatars() error {
	store, err := NewBlobs(s.Config)
	if err != nil || store == nil {
		return err
	}
	s.Avatars = avatar.New(avatar.Options{
		Users: s.users, Pictures: model.NewAvatarModel(s.db.Conn), Blobs: store, Now: s.Now, Rand: s.Rand,
		Cores: hashers(), Wait: s.Config.Timeout.Duration() / 3,
	})
	return nil
}

// checkBlobs writes, reads and deletes a probe. A folder that fails is a mistake of
// this host. A bucket may be down for a while, and only pictures are then: a start is
// not refused for it.
func checkBlobs(c config.Config, rand io.Reader) (string, error) {
	store, err := NewBlobs(c)
	if err != nil || store == nil {
		return "off: no pictures of users are kept", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	where := "the folder " + c.BlobDir()
	if c.BlobStore() == config.BlobsFile {
		there, err := existing(c.BlobDir())
		if err != nil {
			return "", fmt.Errorf("blobs: %w", err)
		}
		if there != c.BlobDir() { // it is made for the first picture
			if err := probe(there); err != nil {
				return "", fmt.Errorf("blobs: %s cannot be written: %w", there, err)
			}
			return where + " will be made for the first picture", nil
		}
	}
	if c.BlobStore() == config.BlobsS3 {
		where = fmt.Sprintf("the bucket %s at %s", c.Blobs.S3.Bucket, c.Blobs.S3.Endpoint)
	}
	err = blob.Probe(ctx, store, rand)
	switch {
	case err == nil:
		return where + " can be written, read and deleted from", nil
	case c.BlobStore() == config.BlobsS3:
		return "", Warning(fmt.Sprintf("blobs: %s: %v", where, err))
	}
	return "", fmt.Errorf("blobs: %s %w", where, err)
}
