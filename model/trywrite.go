package model

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// probeType is the type of the event that is always rolled back.
const probeType = "probe"

// TryWrite checks that the database accepts writes: it inserts an event and rolls the
// transaction back. It fails if the server is read-only or full. It bypasses the circuit
// breaker, which counts a rollback as a failure. The id is random, so that probes do not
// wait for each other.
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
	// If the rollback fails, the connection is lost, and the row with it.
	defer func() { _ = tx.Rollback() }()
	probe := &Event{Id: probeType + hex.EncodeToString(id[:]), At: now.UnixMilli(), Type: probeType}
	events := NewEventModel(sqlx.NewSqlConnFromSession(sqlx.NewSessionFromTx(tx)))
	if err := events.InsertAll(ctx, []*Event{probe}); err != nil {
		return fmt.Errorf("model: try to write: %w", err)
	}
	return nil
}
