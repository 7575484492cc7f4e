package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/blob"
	"user-api/internal/blob/blobtest"
)

func bucket(t *testing.T, s *blobtest.Storage, timeout time.Duration) *blob.Bucket {
	t.Helper()
	b, err := blob.NewBucket(blob.BucketOptions{
		Endpoint: s.URL, Region: "us-east-1", Bucket: blobtest.Bucket, Prefix: "users/", AccessKey: blobtest.Key, SecretKey: blobtest.Secret,
		PathStyle: true, Timeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Both stores meet the same contract.
func TestStore(t *testing.T) {
	stores := map[string]blob.Store{
		"folder": blob.NewFolder(filepath.Join(t.TempDir(), "deep", "blobs")),
		"bucket": bucket(t, blobtest.New(t), time.Minute),
	}
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, err := store.Get(ctx, "absent"); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("Get of nothing: %v, want ErrNotFound", err)
			}
			if err := store.Delete(ctx, "absent"); err != nil {
				t.Errorf("Delete of nothing: %v", err)
			}
			data := bytes.Repeat([]byte("data"), 50_000)
			if err := store.Put(ctx, "abc-512", data); err != nil {
				t.Fatal(err)
			}
			if got, err := store.Get(ctx, "abc-512"); err != nil || !bytes.Equal(got, data) {
				t.Errorf("Get: %d bytes, %v", len(got), err)
			}
			if err := store.Delete(ctx, "abc-512"); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Get(ctx, "abc-512"); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("Get after Delete: %v, want ErrNotFound", err)
			}
			for _, path := range []string{"", "..", "../user.db", "a/b", "/etc/passwd", "A", ".hidden", "a\x00", strings.Repeat("a", 65)} {
				_, get := store.Get(ctx, path)
				if put, del := store.Put(ctx, path, data), store.Delete(ctx, path); get == nil || put == nil || del == nil || errors.Is(get, blob.ErrNotFound) {
					t.Errorf("%q is taken for a name: %v, %v, %v", path, get, put, del)
				}
			}
			if err := blob.Probe(ctx, store, rand.Reader); err != nil {
				t.Errorf("Probe: %v", err)
			}
		})
	}
}

// A folder is readable by its owner only, and the remains of an aborted write are deleted
// with the blob.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	store := blob.NewFolder(dir)
	if err := store.Put(t.Context(), "a-1", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".a-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "a-1"): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
	if err := store.Delete(t.Context(), "a-1"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A bucket that is down, hung, full, or read-only fails within its timeout, is never
// mistaken for an empty one, and no error contains a secret.
func TestBucket_broken(t *testing.T) {
	storage := blobtest.New(t)
	store := bucket(t, storage, 2*time.Second)
	if err := store.Put(t.Context(), "kept", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if names := storage.Names(t); !slices.Equal(names, []string{"users/kept"}) {
		t.Errorf("the bucket has %v", names)
	}
	for state, reads := range map[blobtest.State]bool{blobtest.Down: false, blobtest.Hung: false, blobtest.Full: true, blobtest.ReadOnly: true} {
		storage.Set(state)
		// The caller has time: the timeout of the store ends the call.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, get := store.Get(ctx, "kept")
		put := store.Put(ctx, "new", []byte("x"))
		if put == nil || (get == nil) != reads || errors.Is(get, blob.ErrNotFound) || ctx.Err() != nil {
			t.Errorf("state %d: Get %v, Put %v, %v", state, get, put, ctx.Err())
		}
		for _, err := range []error{get, put} {
			if err != nil && strings.Contains(err.Error(), blobtest.Secret) {
				t.Errorf("the secret key is told: %v", err)
			}
		}
		if err := blob.Probe(ctx, store, rand.Reader); err == nil {
			t.Errorf("state %d: the probe finds nothing", state)
		}
		cancel()
	}
}

// Certificates are verified.
func TestBucket_certificate(t *testing.T) {
	store, err := blob.NewBucket(blob.BucketOptions{
		Endpoint: blobtest.Encrypted(t), Region: "us-east-1", Bucket: blobtest.Bucket, AccessKey: blobtest.Key, SecretKey: blobtest.Secret, PathStyle: true, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get(t.Context(), "a"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a complaint about the certificate", err)
	}
}
