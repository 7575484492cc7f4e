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
	// More readers than this only queue for the cores.
	sqliteReaders = 8

	// Writers wait up to 5 s for those of other processes (_busy_timeout), and take
	// the write lock when they begin (_txlock): a transaction that started as a
	// reader could not wait, it would fail. WAL lets readers go on beside the writer.
	// With WAL, synchronous=NORMAL loses nothing when the process is killed; a
	// power loss may take the last transactions but never harms the file. FULL
	// would cost an fsync for every commit. Times are written in a form that
	// SQLite's own functions read, and come back in UTC.
	sqliteParams = "_busy_timeout=5000&_journal_mode=WAL&_synchronous=NORMAL" +
		"&_foreign_keys=1&_txlock=immediate&_time_format=sqlite&_timezone=UTC"

	// What is deleted is overwritten, so that an erased account is gone from disk.
	// Up to 16 MiB of pages stay in memory, which are the inner ones of the indexes
	// of a million users.
	writerParams = "&_pragma=secure_delete(1)&_pragma=cache_size(-16384)"
	readerParams = "&_pragma=query_only(1)"
)

// SQLite is an open database file. SQLite has one writer at a time, so that this
// process writes over one connection: writers queue for it in turn, instead of
// each trying again until it finds the file free, and what it has read of the file
// stays good as long as no other process writes. Reader is for reading beside it,
// and refuses to write.
type SQLite struct{ Writer, Reader *sql.DB }

// OpenSQLite opens the database file at path and makes it if it is missing,
// readable by the owner alone, its folder too. Several processes may do so at
// once.
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

// Close ends all connections, the writer last: it puts the log back into the file.
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

// SQLiteLock is the lock file of the database at path, for Lock: what
// processes do to a database as a whole they do under it.
func SQLiteLock(path string) string { return path + ".lock" }

// firstPing makes the file and opens the first connection. Under the lock,
// because the step of a new file to WAL is the one thing for which SQLite does
// not wait when another process does the same.
func firstPing(ctx context.Context, db *sql.DB, path string) (err error) {
	unlock, err := Lock(ctx, SQLiteLock(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// O_EXCL: to open and close a file that SQLite has open in this process would
	// drop SQLite's locks on it. The WAL files get the mode of this one.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return db.PingContext(ctx)
}
