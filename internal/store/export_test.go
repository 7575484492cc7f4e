package store

import (
	"context"
	"io/fs"
	"time"
)

// Statements are the statements of a migration's file.
var Statements = statements

// WithLease makes leases end sooner.
func WithLease(ctx context.Context, life time.Duration) context.Context {
	return context.WithValue(ctx, leaseKey{}, life)
}

// WithFault lets a test see each statement of a migration before it is sent and once
// it is done, and say that it failed.
func WithFault(ctx context.Context, hit func(query string, done bool) error) context.Context {
	return context.WithValue(ctx, faultKey{}, fault(hit))
}

// Versions are the numbers of the migrations of MySQL.
func Versions(fsys fs.FS) (versions []int64, err error) {
	steps, err := readSteps(MySQL, fsys, "up")
	for _, s := range steps {
		versions = append(versions, s.version)
	}
	return versions, err
}
