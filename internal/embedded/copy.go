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

// copyWait is how long Hold waits for a writer, in milliseconds.
const copyWait = "30000"

// Copy copies a database file while other processes write to it, in two parts: the file, which
// takes time, and then the write-ahead log, while nobody can commit. Together they are the
// database at the time of Hold.
//
// SQLite's backup API is not used because it restarts whenever another process has written. The
// parts are consistent because a read transaction stays open: it keeps the log from being
// reset, so every page that a checkpoint writes to the file during the copy is also in the log,
// which takes precedence.
type Copy struct {
	path   string
	db     *sql.DB
	reader *sql.Conn
	writer *sql.Conn
	// files are closed after SQLite has closed its own, because closing any handle of a file
	// releases all locks of the process on it.
	files []*os.File
}

// BeginCopy starts copying an existing database.
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
	// A transaction only starts to read at its first statement.
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

// File returns the database file and its current size.
func (c *Copy) File() (io.Reader, int64, error) { return c.open(c.path) }

// Hold waits for the current writer and blocks all others until Close.
func (c *Copy) Hold(ctx context.Context) error {
	if _, err := c.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("embedded: copy %s: %w", c.path, err)
	}
	return nil
}

// Log returns the write-ahead log and its size, under Hold.
func (c *Copy) Log() (io.Reader, int64, error) { return c.open(c.path + "-wal") }

// Close ends the copy and the block of Hold.
func (c *Copy) Close() error {
	ctx := context.Background()
	var errs []error
	for _, conn := range []*sql.Conn{c.writer, c.reader} {
		if conn != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK") // fails if there is no transaction
			errs = append(errs, conn.Close())
		}
	}
	errs = append(errs, c.db.Close())
	for _, file := range c.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// open returns as many bytes as there are now, with zeros for those that are truncated
// meanwhile: pages that the log no longer counts either.
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

// CheckSQLite moves the log of a copied database into its file and checks the file. Nobody else
// may use the file.
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

// JournalOf returns the journal of the Redis in a data folder, as a kill at this moment would
// leave it, without a torn record. It returns nil if there is none.
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

// LockRedis locks the data folder as a running Redis does. It fails with ErrLocked.
func LockRedis(dir string) (unlock func() error, err error) {
	return tryLock(filepath.Join(dir, lockName))
}
