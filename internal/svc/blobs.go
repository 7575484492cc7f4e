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

// blobProbeTimeout limits the check of the blob store.
const blobProbeTimeout = 5 * time.Second

// NewBlobs returns the configured blob store, or nil if blobs are off.
func NewBlobs(c config.Config) (blob.Store, error) {
	switch c.BlobStore() {
	case config.BlobsFile:
		return blob.NewFolder(c.BlobDir()), nil
	case config.BlobsS3:
		s3 := c.Blobs.S3
		return blob.NewBucket(blob.BucketOptions{
			Endpoint: s3.Endpoint, Region: s3.Region, Bucket: s3.Bucket, Prefix: s3.Prefix, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey,
			PathStyle: s3.PathStyle,
			// Leaves the request time to respond with an error.
			Timeout: c.Timeout.Duration() * 3 / 5,
		})
	}
	return nil, nil
}

// wireAvatars creates the avatar storage unless blobs are off.
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

// checkBlobs writes, reads and deletes a probe. A failing directory is a misconfiguration
// of this host. A bucket may be down temporarily, which affects only pictures, so it does
// not prevent the start.
func checkBlobs(c config.Config, rand io.Reader) (string, error) {
	store, err := NewBlobs(c)
	if err != nil || store == nil {
		return "off: pictures of users are not stored", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), blobProbeTimeout)
	defer cancel()
	where := "the folder " + c.BlobDir()
	if c.BlobStore() == config.BlobsFile {
		there, err := existing(c.BlobDir())
		if err != nil {
			return "", fmt.Errorf("blobs: %w", err)
		}
		if there != c.BlobDir() { // the directory is created for the first picture
			if err := probe(there); err != nil {
				return "", fmt.Errorf("blobs: %s cannot be written: %w", there, err)
			}
			return where + " will be created for the first picture", nil
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
