package store

import (
	"context"
	"fmt"
)

// Erase takes deleted rows off the disk. SQLite overwrites them in the database
// file (secure_delete) but keeps the pages of before in its write-ahead log
// until that is written back; MySQL purges deleted rows by itself.
func (db *DB) Erase(ctx context.Context) error {
	if db.Dialect != SQLite {
		return nil
	}
	// A reader under way holds the log back; it ends within its request's time.
	for {
		var busy, pages, moved int
		row := db.SQL.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
		if err := row.Scan(&busy, &pages, &moved); err != nil {
			return fmt.Errorf("store: erase: %w", err)
		}
		if busy == 0 {
			return nil
		}
	}
}
