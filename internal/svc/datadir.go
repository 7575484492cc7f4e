package svc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"user-api/internal/backup"
	"user-api/internal/config"
)

// probeBytes is the size of the probe file: more than a page, to detect a full disk.
const probeBytes = 64 << 10

// keepsData reports whether the process has files of its own: those of the embedded stores,
// or generated secrets.
func keepsData(c config.Config) bool {
	return strings.HasPrefix(c.DataSource, config.SQLitePrefix) || len(c.CacheRedis) == 0 || c.NeedsSecrets()
}

// checkDataDir checks that the data directory can be written or created, that it contains
// no interrupted restore, and that only the owner can read its files.
func checkDataDir(c config.Config) (string, error) {
	if !keepsData(c) {
		return "not needed: all data is in MySQL and Redis", nil
	}
	dir := c.DataDir()
	if err := backup.Unfinished(dir); err != nil {
		return "", err
	}
	for _, path := range privateFiles(c) {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", fmt.Errorf("data folder: %w", err)
		case openFile(info):
			return "", fmt.Errorf("data folder: %s", openTo(path, info))
		}
	}
	there, err := existing(dir)
	if err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	if err := probe(there); err != nil {
		return "", fmt.Errorf("data folder: %s cannot be written: %w", there, err)
	}
	if there != dir {
		return dir + " will be created at the first start", nil
	}
	return dir + " is writable, and its files are private", nil
}

// privateFiles returns the files that nobody else may read.
func privateFiles(c config.Config) []string {
	files := []string{filepath.Join(c.DataDir(), "redis.journal")}
	if path, ok := strings.CutPrefix(c.DataSource, config.SQLitePrefix); ok {
		files = append(files, path, path+"-wal", path+"-shm")
	}
	return files
}

// existing returns dir, or the closest existing parent in which it can be created.
func existing(dir string) (string, error) {
	for {
		info, err := os.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is not a folder", dir)
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir):
			return "", err
		}
		dir = filepath.Dir(dir)
	}
}

// probe writes a file to the disk and removes it.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// openTo describes the problem of a file that others can read.
func openTo(path string, info fs.FileInfo) string {
	return fmt.Sprintf("%s can be read by others (mode %04o): run chmod 600 on it", path, info.Mode().Perm())
}

// OpenToAll reports whether every user of the host can read or write a file.
func OpenToAll(path string) (bool, error) {
	info, err := os.Stat(path)
	return err == nil && openFile(info) && info.Mode().Perm()&0o007 != 0, err
}
