package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckRedis reports whether StartRedis would find the folder free and its journal valid. It
// changes nothing. It fails with ErrLocked if another process uses the folder.
func CheckRedis(dir string) error {
	lock := filepath.Join(dir, lockName)
	if _, err := os.Stat(lock); errors.Is(err, fs.ErrNotExist) {
		return readJournal(filepath.Join(dir, journalName), func(entry) {})
	}
	unlock, err := tryLock(lock)
	if err != nil {
		return fmt.Errorf("embedded: data folder %s: %w", dir, err)
	}
	return errors.Join(readJournal(filepath.Join(dir, journalName), func(entry) {}), unlock())
}
