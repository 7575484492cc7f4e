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

// What many requests ask or write at the same time is one statement: a row costs a
// database a small part of what a statement does. A row that is read by several goes to
// each of them as a copy of its own.

type (
	userCall   = coalesce.Call[any, *User]
	seenCall   = coalesce.Call[seen, struct{}]
	openedCall = coalesce.Call[openedBy, *Opened]
	heldCall   = coalesce.Call[string, *held]
	tokenCall  = coalesce.Call[*Token, struct{}]

	// userGroups share statements among those who read, or note, users.
	userGroups struct {
		by   map[string]*coalesce.Group[any, *User]
		seen *coalesce.Group[seen, struct{}]
	}

	// tokenGroups share statements among those who read, or open, sessions.
	tokenGroups struct {
		opened *coalesce.Group[openedBy, *Opened]
		held   *coalesce.Group[string, *held]
		insert *coalesce.Group[*Token, struct{}]
	}
)

func (m *customUserModel) share() {
	m.together.by = map[string]*coalesce.Group[any, *User]{}
	for _, column := range []string{"id", string(UserPhone), string(UserEmail), string(UserUsername)} {
		m.together.by[column] = coalesce.New(
			func(ctx context.Context, value any) (*User, error) { return m.readBy(ctx, column, value) },
			func(ctx context.Context, calls []*userCall) { m.readAllBy(ctx, column, calls) },
		)
	}
	m.together.seen = coalesce.New(
		func(ctx context.Context, s seen) (struct{}, error) {
			return struct{}{}, m.noteSeen(ctx, s.at, s.locale, s.id)
		}, m.noteAllSeen)
}

func (m *customTokenModel) share() {
	m.together.opened = coalesce.New(m.readOpened, m.readAllOpened)
	m.together.held = coalesce.New(m.readHeld, m.readAllHeld)
	m.together.insert = coalesce.New(func(ctx context.Context, row *Token) (struct{}, error) {
		return struct{}{}, m.insertOne(ctx, row)
	}, m.insertAll)
}

func (m *customUserModel) readAllBy(ctx context.Context, column string, calls []*userCall) {
	var users []*User
	values := list(calls, func(value any) any { return value })
	err := m.QueryRowsNoCacheCtx(ctx, &users, fmt.Sprintf("select %s from %s where `%s` in (%s)",
		userRows, m.table, column, marks(len(values))), values...)
	found := map[any]*User{}
	for _, u := range users {
		found[map[string]any{
			"id": u.Id, string(UserPhone): u.Phone, string(UserEmail): u.Email, string(UserUsername): u.Username,
		}[column]] = u
	}
	deal(calls, err, func(value any) *User { return found[value] })
}

func (m *customUserModel) noteAllSeen(ctx context.Context, calls []*seenCall) {
	latest, ids := map[string]int64{}, map[string][]int64{}
	for _, c := range calls {
		latest[c.In.locale] = max(latest[c.In.locale], c.In.at)
		ids[c.In.locale] = append(ids[c.In.locale], c.In.id)
	}
	failed := map[string]error{}
	for locale, at := range latest {
		failed[locale] = m.noteSeen(ctx, at, locale, ids[locale]...)
	}
	for _, c := range calls {
		c.Err = failed[c.In.locale]
	}
}

func (m *customTokenModel) readAllOpened(ctx context.Context, calls []*openedCall) {
	var rows []*Opened
	ids := list(calls, func(by openedBy) any { return by.userID })
	err := m.conn.QueryRowsCtx(ctx, &rows, m.openedQuery("in ("+marks(len(ids))+")"), append([]any{calls[0].In.now}, ids...)...)
	found := map[int64]*Opened{}
	for _, row := range rows {
		found[row.Id] = row
	}
	deal(calls, err, func(by openedBy) *Opened { return found[by.userID] })
}

func (m *customTokenModel) readAllHeld(ctx context.Context, calls []*heldCall) {
	var rows []*held
	ids := list(calls, func(id string) any { return id })
	err := m.conn.QueryRowsCtx(ctx, &rows, m.heldQuery("in ("+marks(len(ids))+")"), ids...)
	found := map[string]*held{}
	for _, row := range rows {
		found[row.Id] = row
	}
	deal(calls, err, func(id string) *held { return found[id] })
}

// insertAll inserts all rows or none, and one by one where a row is refused: each is
// then given its own refusal. The order of users is the same for all who lock several.
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
	err := m.insertTold(ctx, sessions, func(ctx context.Context, conn sqlx.SqlConn) error {
		return insertRows(ctx, conn, m.table, tokenRows, rows)
	})
	_, refused := Duplicate(err)
	for _, c := range calls {
		if c.Err = err; refused || Orphan(err) {
			c.Err = m.insertOne(ctx, c.In)
		}
	}
}

func (m *customTokenModel) insertOne(ctx context.Context, row *Token) error {
	return m.insertTold(ctx, []*Token{row}, func(ctx context.Context, conn sqlx.SqlConn) error {
		_, err := newTokenModel(conn).Insert(ctx, row)
		return err
	})
}

// insertTold inserts sessions, together with who is to be told of them if anybody is.
func (m *customTokenModel) insertTold(ctx context.Context, rows []*Token, insert func(context.Context, sqlx.SqlConn) error) error {
	if !m.changes.wants(SessionCreated) {
		return insert(ctx, m.conn)
	}
	what := make([]Happening, len(rows))
	for i, row := range rows {
		what[i] = Happening{Kind: SessionCreated, UserID: row.UserId, SessionID: row.Id}
	}
	return transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := insert(ctx, sqlx.NewSqlConnFromSession(tx)); err != nil {
			return nil, err
		}
		return nil, m.changes.tell(ctx, tx, what...)
	})
}

// oneRow is the result of an insert that shared its statement.
const oneRow = driver.RowsAffected(1)

// list is the values that calls ask for. The last is repeated, so that there are few
// different statements to prepare.
func list[In, Out any](calls []*coalesce.Call[In, Out], value func(In) any) []any {
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

// deal gives each call the row it has asked for.
func deal[In, Row any](calls []*coalesce.Call[In, *Row], err error, of func(In) *Row) {
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

// columnsOf are columns of a table that goes by another name.
func columnsOf(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ",", ","+alias+".")
}
