// Package blob keeps small files under names of the service's own: in a folder, for a
// service of one process, or in a bucket of a storage that speaks S3, for one of many.
//
// A name is made by the service, never of what a client has sent. What Put has
// answered without an error is kept, also after a power cut.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// ErrNotFound is returned where there is no blob of the name.
var ErrNotFound = errors.New("blob: not found")

// Store keeps blobs. It is safe for concurrent use, by other processes as well.
type Store interface {
	// Put keeps data under a name that was never used before.
	Put(ctx context.Context, name string, data []byte) error
	// Get returns what is kept under a name. Fails with ErrNotFound.
	Get(ctx context.Context, name string) ([]byte, error)
	// Delete removes a blob, and what a Put that was broken off has left of it. That
	// there is none is no error.
	Delete(ctx context.Context, name string) error
}

// MaxBytes is the largest blob.
const MaxBytes = 4 << 20

var names = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// IsName reports whether a blob can have the name. What could be a path is none.
func IsName(name string) bool { return names.MatchString(name) }

func check(name string) error {
	if !IsName(name) {
		return fmt.Errorf("blob: %q is no name", name)
	}
	return nil
}

// Probe writes a blob, reads it and deletes it again, to see whether the store works.
func Probe(ctx context.Context, s Store, rand io.Reader) error {
	var raw [16]byte
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return fmt.Errorf("blob: probe: %w", err)
	}
	name, data := fmt.Sprintf("probe-%x", raw), []byte("a probe")
	if err := s.Put(ctx, name, data); err != nil {
		return fmt.Errorf("cannot be written: %w", err)
	}
	read, err := s.Get(ctx, name)
	if err == nil && string(read) != string(data) {
		err = errors.New("what was read is not what was written")
	}
	if err != nil {
		return fmt.Errorf("cannot be read: %w", errors.Join(err, s.Delete(context.WithoutCancel(ctx), name)))
	}
	if err := s.Delete(ctx, name); err != nil {
		return fmt.Errorf("cannot be deleted from: %w", err)
	}
	return nil
}
