//go:build unix

package rotation

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Lock keeps other commands out of a folder of secrets until unlock; a killed process
// lets go of it.
func Lock(dir string) (unlock func() error, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("another command changes the secrets in %s: %w", dir, ErrRefused)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
