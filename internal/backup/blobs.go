package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"user-api/internal/blob"
)

// partBlobs is the name prefix of blobs in a file.
const partBlobs = "blobs/"

// Blobs describes the small files that rows of the database refer to. There may be very
// many, so the manifest has one checksum over all names and contents, in order.
//
// A blob is written before the row that refers to it, and deleted after the row. Most can
// therefore be copied in advance, and only new ones while commits are blocked.
type Blobs struct {
	Count  int    `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Gone are blobs that were copied but no longer existed at the moment of the copy: their
	// owner may have had them erased.
	Gone []string `json:"gone,omitempty"`
}

// blobSum computes the totals of blobs.
type blobSum struct {
	Blobs
	sum hash.Hash
}

func newBlobSum() *blobSum { return &blobSum{sum: sha256.New()} }

func (s *blobSum) add(name string, data []byte) {
	fmt.Fprintf(s.sum, "%s %d\n", name, len(data))
	s.sum.Write(data)
	s.Count++
	s.Bytes += int64(len(data))
}

func (s *blobSum) total() Blobs {
	s.SHA256 = hex.EncodeToString(s.sum.Sum(nil))
	return s.Blobs
}

// blobs adds the blobs of a folder that have not been added yet.
func (w *writer) blobs(ctx context.Context, dir string) error {
	names, err := blobNames(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if w.added[name] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := blob.NewFolder(dir).Get(ctx, name)
		if errors.Is(err, blob.ErrNotFound) {
			continue // deleted in the meantime, after the row that referred to it
		}
		if err == nil {
			err = w.tar.WriteHeader(&tar.Header{Name: partBlobs + name, Mode: 0o600, Size: int64(len(data)), Format: tar.FormatPAX})
		}
		if err == nil {
			_, err = w.tar.Write(data)
		}
		if err != nil {
			return err
		}
		w.blobSum.add(name, data)
		w.added[name] = true
	}
	return nil
}

// lastBlobs adds the blobs that are new since blobs, and records those that are gone.
func (w *writer) lastBlobs(ctx context.Context, dir string) error {
	before := make([]string, 0, len(w.added))
	for name := range w.added {
		before = append(before, name)
	}
	if err := w.blobs(ctx, dir); err != nil {
		return err
	}
	for _, name := range before {
		if _, err := os.Lstat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			w.blobSum.Gone = append(w.blobSum.Gone, name)
		}
	}
	slices.Sort(w.blobSum.Gone)
	return nil
}

// blobNames lists the blobs of a folder that may not exist. Other names are not blobs, or are
// not complete yet.
func blobNames(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if blob.IsName(entry.Name()) && entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// unpackBlob writes a blob into the staging folder.
func unpackBlob(ctx context.Context, r io.Reader, name, dir string, sum *blobSum) error {
	name = strings.TrimPrefix(name, partBlobs)
	data, err := io.ReadAll(io.LimitReader(r, blob.MaxBytes+1))
	if err != nil {
		return err
	}
	if len(data) > blob.MaxBytes {
		return fmt.Errorf("the blob %s is too large", name)
	}
	sum.add(name, data)
	return blob.NewFolder(filepath.Join(dir, partBlobs)).Put(ctx, name, data) // rejects invalid names
}

// stagedBlobs returns the folder of the unpacked blobs.
func (r *Restored) stagedBlobs() string { return filepath.Join(r.Staging(), partBlobs) }

// PutBlobs copies the blobs into a store and returns their number.
func (r *Restored) PutBlobs(ctx context.Context, to blob.Store) (int, error) {
	names, err := blobNames(r.stagedBlobs())
	for i, name := range names {
		data, err := blob.NewFolder(r.stagedBlobs()).Get(ctx, name)
		if err == nil {
			err = to.Put(ctx, name, data)
		}
		if err != nil {
			return i, fmt.Errorf("restore: %w", err)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("restore: %w", err)
	}
	return len(names), nil
}

// placeBlobs moves the blobs to where the service expects them.
func (r *Restored) placeBlobs(ctx context.Context) error {
	if names, err := blobNames(r.stagedBlobs()); err != nil || len(names) == 0 || r.Blobs == "" {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.Blobs), 0o700); err != nil {
		return err
	}
	if err := os.Remove(r.Blobs); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder
		return err
	}
	if os.Rename(r.stagedBlobs(), r.Blobs) == nil {
		return syncDir(filepath.Dir(r.Blobs))
	}
	_, err := r.PutBlobs(ctx, blob.NewFolder(r.Blobs)) // on another disk
	return err
}
