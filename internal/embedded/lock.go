package embedded

import (
	"context"
	"errors"
	"time"
)

// ErrLocked means that another holder has the lock.
var ErrLocked = errors.New("in use by another process")

// retryLock is how often a waiting Lock tries again.
const retryLock = 10 * time.Millisecond

// Lock takes the lock file at path, and waits while another holder, in this or another process,
// has it. The system releases the lock when the holder dies. The file stays.
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
