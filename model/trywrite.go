package model

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// probeType is the type of the event that is never there.
const probeType = "probe"

// TryWrite reports whether the database takes a row: it inserts an event and rolls
// the transaction back. A server that only reads, or that is full, refuses it. It
// goes past the circuit breaker, of which a transaction that is taken back is
// a failure, and the id is random, so that probes do not wait for each other.
func TryWrite(ctx context.Context, conn sqlx.SqlConn, rand io.Reader, now time.Time) error {
	var id [8]byte
	if _, err := io.ReadFull(rand, id[:]); err != nil {
		return fmt.Errorf("model: try to write: %w", err)
	}
	db, err := conn.RawDB()
	if err != nil {
		return fmt.Errorf("model: try to write: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("model: try to write: %w", err)
	}
	// A failure to roll back is that of the connection, with which the row goes too.
	defer func() { _ = tx.Rollback() }()
	probe := &Event{Id: probeType + hex.EncodeToString(id[:]), At: now.UnixMilli(), Type: probeType}
	events := NewEventModel(sqlx.NewSqlConnFromSession(sqlx.NewSessionFromTx(tx)))
	if err := events.InsertAll(ctx, []*Event{probe}); err != nil {
		return fmt.Errorf("model: try to write: %w", err)
	}
	return nil
}
