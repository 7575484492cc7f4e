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

// journal is the append-only file behind a Redis. Only one goroutine may use it at a time,
// except for sync.
type journal struct {
	path  string
	size  int64
	limit int64 // size at which it is rewritten
	step  int64 // minimum growth before that
	buf   []byte
	// broken is set when a failed write could not be undone. The file may then end in a partial
	// record, and nothing may be appended to it.
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

// append writes e to the file. On an error the file is unchanged.
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

// grow lets the file grow by a step or by a quarter, whichever is more.
func (j *journal) grow() { j.limit = j.size + max(j.step, j.size/4) }

// rewrite replaces the file by one that only holds cmds. The old file stays untouched until the
// new one is complete and on disk.
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
	// From here on the new file is the journal, even if something fails.
	old := j.file.Swap(file)
	j.size, j.broken = size, nil
	j.grow()
	if old != nil {
		_ = old.Close()
	}
	syncDir(filepath.Dir(j.path))
	return nil
}

// sync flushes writes to the disk. It takes no lock, because a slow disk must not delay commands.
func (j *journal) sync() {
	if !j.dirty.Swap(false) {
		return
	}
	// A file that a rewrite has just closed need not be synced: the new one was.
	if err := j.file.Load().Sync(); err != nil && !errors.Is(err, fs.ErrClosed) {
		j.dirty.Store(true)
	}
}

// readJournal passes each record of the file to apply, in order. A missing file is an empty
// journal.
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

// writeAll fills a new file and syncs it. It returns its size.
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

// syncDir makes a rename survive a power loss. If the system does not support it, the old file
// may come back, which is also consistent.
func syncDir(path string) {
	if dir, err := os.Open(path); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
}
