package store

import (
	"context"
	"fmt"
)

// Erase removes deleted rows from the disk. SQLite overwrites them in the database file
// (secure_delete) but keeps old pages in its write-ahead log until a checkpoint; MySQL
// purges deleted rows itself.
func (db *DB) Erase(ctx context.Context) error {
	if db.Dialect != SQLite {
		return nil
	}
	// An active reader blocks the checkpoint; it ends within its request's timeout.
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
