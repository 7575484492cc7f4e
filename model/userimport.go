package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Import is a batch of imported users. Each has an Origin and an Event, and some have a
// Credential.
type Import struct {
	Users       []*User
	Credentials []*Credential
	Origins     []*Origin
	Events      []*Event
}

// Import adds all users with their rows, or nothing. If a user or one of the names exists
// already, Duplicate reports true for the error.
func (m *customUserModel) Import(ctx context.Context, i Import) error {
	return transact(ctx, m.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		return nil, m.importIn(ctx, tx, i)
	})
}

func (m *customUserModel) importIn(ctx context.Context, tx sqlx.Session, i Import) error {
	conn := sqlx.NewSqlConnFromSession(tx)
	var users, credentials, origins [][]any
	for _, u := range i.Users {
		users = append(users, u.row())
	}
	if err := insertRows(ctx, conn, m.table, userRowsExpectAutoSet, users); err != nil {
		return err
	}
	for _, c := range i.Credentials {
		credentials = append(credentials, []any{c.UserId, c.Kind, c.Secret, c.Changed})
	}
	if err := insertRows(ctx, conn, "`credential`", credentialRowsExpectAutoSet, credentials); err != nil {
		return err
	}
	for _, o := range i.Origins {
		origins = append(origins, []any{o.Id, o.Source, o.ExternalId, o.UserId, o.Hash})
	}
	if err := insertRows(ctx, conn, "`origin`", originRows, origins); err != nil {
		return err
	}
	if err := insertRows(ctx, conn, "`event`", eventRows, eventValues(i.Events)); err != nil {
		return err
	}
	return m.changes.enqueue(ctx, tx, createdEvents(Imported, i.Users...)...)
}

func (m *customUserModel) Taken(ctx context.Context, column UserColumn, values ...string) ([]string, error) {
	if len(values) == 0 {
		return nil, nil
	}
	return selectRows[string](ctx, m.QueryRowsNoCacheCtx, fmt.Sprintf("select `%s` from %s where `%[1]s` in (%[3]s)", column, m.table, placeholders(len(values))), anys(values)...)
}
