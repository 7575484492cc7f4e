package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

const (
	// More readers would only compete for the cores.
	sqliteReaders = 8

	// Writers wait up to 5 s for those of other processes (_busy_timeout), and take the write
	// lock at the start (_txlock), because a transaction that started as a reader cannot wait
	// but fails. With WAL, readers do not wait for the writer, and synchronous=NORMAL loses
	// nothing when the process is killed. A power loss may lose the last transactions but never
	// corrupts the file; FULL would cost an fsync per commit. Times are written in a form that
	// SQLite's functions understand, and are read in UTC.
	sqliteParams = "_busy_timeout=5000&_journal_mode=WAL&_synchronous=NORMAL" +
		"&_foreign_keys=1&_txlock=immediate&_time_format=sqlite&_timezone=UTC"

	// Deleted data is overwritten, so that an erased account is gone from disk. Up to 32 MiB of
	// pages stay in memory: the inner pages of the indexes of a million users, and the pages
	// that two thousand of their active sessions change.
	writerParams = "&_pragma=secure_delete(1)&_pragma=cache_size(-32768)"
	readerParams = "&_pragma=query_only(1)"
)

// SQLite is an open database file. SQLite has one writer at a time, so this process writes over
// one connection: writers queue for it instead of polling for the file lock, and its page cache
// stays valid as long as no other process writes. Reader is for concurrent reads and refuses to
// write.
type SQLite struct{ Writer, Reader *sql.DB }

// OpenSQLite opens the database file at path, and creates it and its folder, accessible to the
// owner only, if it is missing. Several processes may do so concurrently.
func OpenSQLite(ctx context.Context, path string) (*SQLite, error) {
	if path == "" {
		return nil, errors.New("embedded: sqlite: the path is empty")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("embedded: sqlite: %w", err)
	}
	writer, err := openSQLite(path, writerParams, 1)
	if err != nil {
		return nil, err
	}
	if err := firstPing(ctx, writer, path); err != nil {
		return nil, fmt.Errorf("embedded: sqlite: %w", errors.Join(err, writer.Close()))
	}
	reader, err := openSQLite(path, readerParams, sqliteReaders)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	return &SQLite{Writer: writer, Reader: reader}, nil
}

// Close closes all connections, the writer last: it moves the log into the file.
func (s *SQLite) Close() error {
	return errors.Join(s.Reader.Close(), s.Writer.Close())
}

func openSQLite(path, more string, conns int) (*sql.DB, error) {
	name := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+name.EscapedPath()+"?"+sqliteParams+more)
	if err != nil {
		return nil, fmt.Errorf("embedded: sqlite: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// SQLiteLock returns the path of the lock file, for Lock, under which processes operate on the
// database file as a whole.
func SQLiteLock(path string) string { return path + ".lock" }

// firstPing creates the file and opens the first connection. It holds the lock, because SQLite
// does not wait for another process that is also switching a new file to WAL.
func firstPing(ctx context.Context, db *sql.DB, path string) (err error) {
	unlock, err := Lock(ctx, SQLiteLock(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// O_EXCL, because opening and closing a file that SQLite has open in this process would
	// release SQLite's locks on it. The WAL files get the mode of this one.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return db.PingContext(ctx)
}
