//go:build unix

package rotation

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock locks a directory of secrets against other commands until unlock is called or the
// process ends.
func Lock(dir string) (unlock func() error, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another command is changing the secrets in %s: %w", dir, ErrRefused)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
