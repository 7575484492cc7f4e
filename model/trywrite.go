package model

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// errBack takes the probe back.
var errBack = errors.New("model: taken back")

// TryWrite reports whether the database takes a row: it inserts an event and rolls
// the transaction back. A server that only reads, or that is full, refuses it.
func TryWrite(ctx context.Context, conn sqlx.SqlConn, now time.Time) error {
	err := conn.TransactCtx(ctx, func(ctx context.Context, session sqlx.Session) error {
		probe := &Event{Id: "doctor", At: now.UnixMilli(), Type: "doctor"}
		if err := NewEventModel(sqlx.NewSqlConnFromSession(session)).InsertAll(ctx, []*Event{probe}); err != nil {
			return err
		}
		return errBack
	})
	if errors.Is(err, errBack) {
		return nil
	}
	return err
}
