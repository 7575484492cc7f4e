package embedded

import (
	"context"
	"errors"
	"time"
)

// ErrLocked means that somebody else holds a lock.
var ErrLocked = errors.New("in use by another process")

// retryLock is how often a waiting Lock looks again.
const retryLock = 10 * time.Millisecond

// Lock takes the lock file at path, waiting while another holder, in this
// process or another, has it. The system frees it when the holder dies. The
// file itself stays.
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	for {
		unlock, err = tryLock(path)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		case <-time.After(retryLock):
		}
	}
}
