package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// copyWait is how long Hold waits, in milliseconds, for a writer who is at it.
const copyWait = "30000"

// Copy copies the database file at a path while other processes write to it, in two
// parts: the file, which takes its time, and then the write-ahead log, while nobody can
// commit. Together they are the database as it was under Hold.
//
// It is SQLite's backup API that one would take, and it starts anew whenever another
// process has written. The parts hold because of a read transaction that is open all
// the while: the log is not begun anew as long as it reads, so that every page that a
// checkpoint writes to the file beneath the copy is in the log as well, and wins.
type Copy struct {
	path   string
	db     *sql.DB
	reader *sql.Conn
	writer *sql.Conn
	// files are closed when SQLite has closed its own: a process that closes any of
	// its handles of a file drops all its locks of it.
	files []*os.File
}

// BeginCopy begins to copy a database that must be there.
func BeginCopy(ctx context.Context, path string) (*Copy, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("embedded: copy: %w", err)
	}
	name := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+name.EscapedPath()+"?_busy_timeout="+copyWait+"&_journal_mode=WAL")
	if err != nil {
		return nil, fmt.Errorf("embedded: copy: %w", err)
	}
	c := &Copy{path: path, db: db}
	// A transaction reads from its first statement on, and not before.
	var tables int
	if c.reader, err = db.Conn(ctx); err == nil {
		_, err = c.reader.ExecContext(ctx, "BEGIN")
	}
	if err == nil {
		err = c.reader.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)
	}
	if err == nil {
		c.writer, err = db.Conn(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded: copy %s: %w", path, err), c.Close())
	}
	return c, nil
}

// File is the database file and its size, now.
func (c *Copy) File() (io.Reader, int64, error) { return c.open(c.path) }

// Hold waits for whoever writes and keeps all others from it, until Close.
func (c *Copy) Hold(ctx context.Context) error {
	if _, err := c.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("embedded: copy %s: %w", c.path, err)
	}
	return nil
}

// Log is the write-ahead log and its size, under Hold.
func (c *Copy) Log() (io.Reader, int64, error) { return c.open(c.path + "-wal") }

// Close ends the copy, and what Hold has held.
func (c *Copy) Close() error {
	ctx := context.Background()
	var errs []error
	for _, conn := range []*sql.Conn{c.writer, c.reader} {
		if conn != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK") // fails where none was begun
			errs = append(errs, conn.Close())
		}
	}
	errs = append(errs, c.db.Close())
	for _, file := range c.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// open reads as many bytes as there are now, and zeros for those that have gone by
// then: pages that the log, too, no longer counts.
func (c *Copy) open(path string) (io.Reader, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("embedded: copy: %w", err)
	}
	c.files = append(c.files, file)
	info, err := file.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("embedded: copy: %w", err)
	}
	return io.LimitReader(io.MultiReader(file, zeros{}), info.Size()), info.Size(), nil
}

type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// CheckSQLite takes the log of a copied database into its file and looks whether the
// file is whole. Nobody else may use it.
func CheckSQLite(ctx context.Context, path string) (err error) {
	db, err := OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var busy, pages, moved int
	if err := db.Writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("embedded: sqlite: %w", err)
	}
	var found string
	if err := db.Reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("embedded: sqlite: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("embedded: sqlite: %s is damaged", path)
	}
	return nil
}

// JournalOf is the journal of the Redis of a data folder, as a kill at this moment
// would leave it, without what a torn record adds. It is nil where there is none.
func JournalOf(dir string) ([]byte, error) {
	path := filepath.Join(dir, journalName)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("embedded: redis journal: %w", err)
	}
	whole, err := decode(data, func(entry) {})
	if err != nil {
		return nil, fmt.Errorf("embedded: redis journal %s: %w", path, err)
	}
	return data[:whole], nil
}

// LockRedis takes the data folder for itself, as a Redis does that runs there. Fails
// with ErrLocked.
func LockRedis(dir string) (unlock func() error, err error) {
	return tryLock(filepath.Join(dir, lockName))
}
