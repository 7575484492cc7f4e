package model

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/coalesce"
)

// Concurrent requests share a statement, because a row costs the database a small part of
// what a statement costs. Each request gets its own copy of a row.

type (
	userCall    = coalesce.Call[any, *User]
	signInCall  = coalesce.Call[signIn, struct{}]
	openedCall  = coalesce.Call[openedKey, *Opened]
	sessionCall = coalesce.Call[string, *sessionWithUser]
	tokenCall   = coalesce.Call[*Token, struct{}]

	// userGroups coalesces reads of users and updates after sign-ins.
	userGroups struct {
		by      map[string]*coalesce.Group[any, *User]
		signIns *coalesce.Group[signIn, struct{}]
	}

	// tokenGroups coalesces reads and inserts of sessions.
	tokenGroups struct {
		opened  *coalesce.Group[openedKey, *Opened]
		session *coalesce.Group[string, *sessionWithUser]
		insert  *coalesce.Group[*Token, struct{}]
	}
)

func (m *customUserModel) share() {
	m.groups.by = map[string]*coalesce.Group[any, *User]{}
	for _, column := range []string{"id", string(UserPhone), string(UserEmail), string(UserUsername)} {
		m.groups.by[column] = coalesce.New(
			func(ctx context.Context, value any) (*User, error) { return m.readBy(ctx, column, value) },
			func(ctx context.Context, calls []*userCall) { m.readAllBy(ctx, column, calls) },
		)
	}
	m.groups.signIns = coalesce.New(
		func(ctx context.Context, s signIn) (struct{}, error) {
			return struct{}{}, m.recordSignIn(ctx, s.at, s.locale, s.id)
		}, m.recordAllSignIns)
}

func (m *customTokenModel) share() {
	m.groups.opened = coalesce.New(m.readOpened, m.readAllOpened)
	m.groups.session = coalesce.New(m.readSession, m.readAllSessions)
	m.groups.insert = coalesce.New(func(ctx context.Context, row *Token) (struct{}, error) {
		return struct{}{}, m.insertOne(ctx, row)
	}, m.insertAll)
}

func (m *customUserModel) readAllBy(ctx context.Context, column string, calls []*userCall) {
	var users []*User
	values := queryArgs(calls, func(value any) any { return value })
	err := m.QueryRowsNoCacheCtx(ctx, &users, fmt.Sprintf("select %s from %s where `%s` in (%s)",
		userRows, m.table, column, placeholders(len(values))), values...)
	found := map[any]*User{}
	for _, u := range users {
		found[map[string]any{
			"id": u.Id, string(UserPhone): u.Phone, string(UserEmail): u.Email, string(UserUsername): u.Username,
		}[column]] = u
	}
	distribute(calls, err, func(value any) *User { return found[value] })
}

func (m *customUserModel) recordAllSignIns(ctx context.Context, calls []*signInCall) {
	latest, ids := map[string]int64{}, map[string][]int64{}
	for _, c := range calls {
		latest[c.In.locale] = max(latest[c.In.locale], c.In.at)
		ids[c.In.locale] = append(ids[c.In.locale], c.In.id)
	}
	failed := map[string]error{}
	for locale, at := range latest {
		failed[locale] = m.recordSignIn(ctx, at, locale, ids[locale]...)
	}
	for _, c := range calls {
		c.Err = failed[c.In.locale]
	}
}

func (m *customTokenModel) readAllOpened(ctx context.Context, calls []*openedCall) {
	var rows []*Opened
	ids := queryArgs(calls, func(by openedKey) any { return by.userID })
	err := m.conn.QueryRowsCtx(ctx, &rows, m.openedQuery("in ("+placeholders(len(ids))+")"), append([]any{calls[0].In.now}, ids...)...)
	found := map[int64]*Opened{}
	for _, row := range rows {
		found[row.Id] = row
	}
	distribute(calls, err, func(by openedKey) *Opened { return found[by.userID] })
}

func (m *customTokenModel) readAllSessions(ctx context.Context, calls []*sessionCall) {
	var rows []*sessionWithUser
	ids := queryArgs(calls, func(id string) any { return id })
	err := m.conn.QueryRowsCtx(ctx, &rows, m.sessionQuery("in ("+placeholders(len(ids))+")"), ids...)
	found := map[string]*sessionWithUser{}
	for _, row := range rows {
		found[row.Id] = row
	}
	distribute(calls, err, func(id string) *sessionWithUser { return found[id] })
}

// insertAll inserts all rows in one statement. If the database rejects a row, it inserts
// them one by one, so that each call gets its own error. It sorts by user, so that all
// transactions lock user rows in the same order.
func (m *customTokenModel) insertAll(ctx context.Context, calls []*tokenCall) {
	slices.SortFunc(calls, func(a, b *tokenCall) int { return int(min(1, max(-1, a.In.UserId-b.In.UserId))) })
	rows, sessions := make([][]any, len(calls)), make([]*Token, len(calls))
	for i, c := range calls {
		t := c.In
		sessions[i] = t
		rows[i] = []any{
			t.Id, t.UserId, t.Scope, t.Hash, t.PrevHash, t.Generation, t.UserAgent, t.Ip, t.AuthTime, t.Created, t.Rotated, t.Expires, t.Ends,
			t.Revoked, t.Challenge, t.ClientId, t.Amr,
		}
	}
	err := m.insertInTx(ctx, sessions, func(ctx context.Context, conn sqlx.SqlConn) error {
		return insertRows(ctx, conn, m.table, tokenRows, rows)
	})
	_, duplicate := Duplicate(err)
	for _, c := range calls {
		if c.Err = err; duplicate || Orphan(err) {
			c.Err = m.insertOne(ctx, c.In)
		}
	}
}

func (m *customTokenModel) insertOne(ctx context.Context, row *Token) error {
	return m.insertInTx(ctx, []*Token{row}, func(ctx context.Context, conn sqlx.SqlConn) error {
		_, err := newTokenModel(conn).Insert(ctx, row)
		return err
	})
}

// insertInTx inserts sessions, in a transaction with their outbox rows if an endpoint
// subscribes to them.
func (m *customTokenModel) insertInTx(ctx context.Context, rows []*Token, insert func(context.Context, sqlx.SqlConn) error) error {
	if !m.changes.wants(SessionCreated) {
		return insert(ctx, m.conn)
	}
	events := make([]OutboxEvent, len(rows))
	for i, row := range rows {
		events[i] = OutboxEvent{Kind: SessionCreated, UserID: row.UserId, SessionID: row.Id}
	}
	return transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := insert(ctx, sqlx.NewSqlConnFromSession(tx)); err != nil {
			return nil, err
		}
		return nil, m.changes.enqueue(ctx, tx, events...)
	})
}

// oneRow is the result of a coalesced insert.
const oneRow = driver.RowsAffected(1)

// queryArgs returns the values that calls look up. It repeats the last one up to a power of
// two, so that there are few different statements to prepare.
func queryArgs[In, Out any](calls []*coalesce.Call[In, Out], value func(In) any) []any {
	size := 2
	for size < len(calls) {
		size *= 2
	}
	values := make([]any, size)
	for i := range values {
		values[i] = value(calls[min(i, len(calls)-1)].In)
	}
	return values
}

// distribute gives each call a copy of its row, or ErrNotFound.
func distribute[In, Row any](calls []*coalesce.Call[In, *Row], err error, of func(In) *Row) {
	for _, c := range calls {
		if c.Err = err; err != nil {
			continue
		}
		row := of(c.In)
		if row == nil {
			c.Err = ErrNotFound
			continue
		}
		own := *row
		c.Out = &own
	}
}

// columnsOf qualifies columns with the alias of their table.
func columnsOf(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ",", ","+alias+".")
}
