package svc

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/blob/blobtest"
	"user-api/internal/config"
)

// A directory that is not writable prevents the start; a bucket that is not is a warning;
// probes leave nothing behind.
func TestCheckBlobs(t *testing.T) {
	storage := blobtest.New(t)
	bucket := config.Blobs{Store: config.BlobsS3, S3: config.S3{
		Endpoint: storage.URL, Region: "us-east-1", Bucket: blobtest.Bucket, AccessKey: blobtest.Key, SecretKey: blobtest.Secret, PathStyle: true,
	}}
	absent, there, file := filepath.Join(t.TempDir(), "blobs"), t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		blobs   config.Blobs
		state   blobtest.State
		says    string
		refuses bool
	}{
		"a folder":            {blobs: config.Blobs{Dir: there}, says: "can be written"},
		"a folder to be made": {blobs: config.Blobs{Dir: absent}, says: "will be created"},
		"a file":              {blobs: config.Blobs{Dir: file}, says: "is not a folder", refuses: true},
		"a bucket":            {blobs: bucket, says: "the bucket avatars at " + storage.URL + " can be written"},
		"a bucket that reads": {blobs: bucket, state: blobtest.ReadOnly, says: "cannot be written"},
		"a full bucket":       {blobs: bucket, state: blobtest.Full, says: "cannot be written"},
		"a bucket gone":       {blobs: bucket, state: blobtest.Down, says: "cannot be written"},
		"none":                {blobs: config.Blobs{Store: config.BlobsOff}, says: "off"},
	} {
		storage.Set(c.state)
		said, err := checkBlobs(config.Config{Mode: config.ModeDev, Timeout: 5, Blobs: c.blobs}, rand.Reader)
		_, warned := errors.AsType[Warning](err)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.says) || c.refuses != (err != nil && !warned) || warned != (c.state != blobtest.Well) {
			t.Errorf("%s: says %q, %v; want %q, refused %t", name, said, err, c.says, c.refuses)
		}
		if strings.Contains(said, blobtest.Secret) {
			t.Errorf("%s: tells the secret: %s", name, said)
		}
	}
	storage.Set(blobtest.Well)
	left, err := os.ReadDir(there)
	if _, made := os.Stat(absent); err != nil || len(left) > 0 || made == nil || len(storage.Names(t)) > 0 {
		t.Errorf("left behind: %v, %v, %v, %v", left, err, made, storage.Names(t))
	}
}
