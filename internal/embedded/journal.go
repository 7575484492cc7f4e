package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	defaultCompactAt = 2 << 20
	maxRecord        = 512 << 20
)

// journal is the append-only file behind a Redis. One goroutine at a time may
// use it; sync alone may run beside the others.
type journal struct {
	path  string
	size  int64
	limit int64 // size from which it is rewritten
	step  int64 // the least it may grow before that
	buf   []byte
	// broken is set when a failed write could not be taken back. The file may
	// end in half a record then, and nothing may follow it.
	broken error
	file   atomic.Pointer[os.File]
	dirty  atomic.Bool
}

func newJournal(path string, compactAt int64) *journal {
	if compactAt <= 0 {
		compactAt = defaultCompactAt
	}
	return &journal{path: path, step: compactAt}
}

// append writes e to the file. On an error nothing of it is there.
func (j *journal) append(e entry) error {
	if j.broken != nil {
		return j.broken
	}
	j.buf = encode(j.buf[:0], e)
	if len(j.buf) > maxRecord {
		return errors.New("the command is too large")
	}
	file := j.file.Load()
	if _, err := file.Write(j.buf); err != nil {
		if terr := file.Truncate(j.size); terr != nil {
			j.broken = fmt.Errorf("%w; then %w", err, terr)
		}
		return err
	}
	j.size += int64(len(j.buf))
	j.dirty.Store(true)
	return nil
}

func (j *journal) close() error {
	file := j.file.Load()
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("embedded: close journal: %w", err)
	}
	return nil
}

// grow lets the file grow by a step, or by a quarter.
func (j *journal) grow() { j.limit = j.size + max(j.step, j.size/4) }

// rewrite replaces the file by one that holds cmds alone. Until the new file
// is complete and on the disk the old one is untouched.
func (j *journal) rewrite(at time.Time, cmds []command) error {
	temp := j.path + ".tmp"
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("embedded: new journal: %w", err)
	}
	size, err := writeAll(file, at, cmds)
	if err == nil {
		err = os.Rename(temp, j.path)
	}
	if err != nil {
		return fmt.Errorf("embedded: new journal: %w", errors.Join(err, file.Close(), os.Remove(temp)))
	}
	// From here on the new file is the journal, whatever else goes wrong.
	old := j.file.Swap(file)
	j.size, j.broken = size, nil
	j.grow()
	if old != nil {
		_ = old.Close()
	}
	syncDir(filepath.Dir(j.path))
	return nil
}

// sync asks the disk to keep what was written. It takes no lock: a slow disk
// must not stop commands.
func (j *journal) sync() {
	if !j.dirty.Swap(false) {
		return
	}
	// A file that a rewrite has just closed needs none: the new one was synced.
	if err := j.file.Load().Sync(); err != nil && !errors.Is(err, fs.ErrClosed) {
		j.dirty.Store(true)
	}
}

// readJournal passes each record of the file to apply, in order. No file is
// an empty journal.
func readJournal(path string, apply func(entry)) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		_, err = decode(data, apply)
	}
	if err != nil {
		return fmt.Errorf("embedded: redis journal %s: %w", path, err)
	}
	return nil
}

// writeAll fills a new file and brings it to the disk. It returns its size.
func writeAll(file *os.File, at time.Time, cmds []command) (int64, error) {
	w := bufio.NewWriter(file)
	size, err := w.WriteString(magic)
	var buf []byte
	for _, cmd := range cmds {
		if err != nil {
			break
		}
		buf = encode(buf[:0], entry{at: at, cmds: []command{cmd}})
		_, err = w.Write(buf)
		size += len(buf)
	}
	return int64(size), errors.Join(err, w.Flush(), file.Sync())
}

// syncDir makes a rename survive a power loss. Not every system can; then the
// old file may come back, which is as whole as the new one.
func syncDir(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
