package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Reasons of a Revocation that has a session: why that has ended.
const (
	EndedBySignOut  = "signed_out"
	EndedByUser     = "ended" // by the user, or by an administrator for the user
	EndedByLimit    = "limit" // the oldest of too many
	EndedByReuse    = "reused"
	EndedByBan      = "banned"
	EndedByPassword = "password"
	EndedByAddress  = "address"
	EndedByOperator = "operator" // with everybody else's
	EndedByProvider = "provider" // where the user has signed in by social sign-in
)

// Reasons of a Revocation of a user. Erased ends whatever the user has, and stands at
// each session as well; what the others end, rows of sessions tell.
const (
	Erased            = "erased"
	RoleChanged       = "role"
	Disabled          = "disabled" // banned
	Enabled           = "enabled"
	IdentifierChanged = "identifier" // an address was bound, replaced or removed
	CredentialChanged = "credential" // a password was set, changed or reset
)

// Reasons of a Revocation of a signing key: its user is 0, and its session is the id of
// the key.
const (
	KeyRevoked  = "key_revoked"
	KeysChanged = "keys_changed" // in any other way
)

// revocationPage bounds the rows that are read at once, revocationPurge those that are
// deleted.
const (
	revocationPage  = 5000
	revocationPurge = 500
	// endPage bounds the sessions that a statement ends.
	endPage = 500
)

var _ RevocationModel = (*customRevocationModel)(nil)

type (
	// RevocationModel is the table of sessions that ended and users that changed
	// lately. The models of sessions and users write its rows, in the transaction of
	// the change itself. Rows never change.
	RevocationModel interface {
		// Recent calls each with the rows of the last so many milliseconds, oldest
		// first, by the clock of the database. It returns the time by that clock when
		// it began.
		Recent(ctx context.Context, within int64, each func([]*AgedRevocation)) (now int64, err error)
		// Purge deletes rows that are older than so many milliseconds; a call deletes
		// a page of them at most, and returns how many.
		Purge(ctx context.Context, older int64) (int, error)
	}

	// AgedRevocation is a Revocation and how many milliseconds ago it was written.
	AgedRevocation struct {
		Revocation
		Age int64 `db:"age"`
	}

	// Ending says which sessions of a user end with a change: all but Except, which
	// may be "", and of these those whose user was proven before a time in Unix
	// milliseconds, where Before is not 0.
	Ending struct {
		Reason, Except string
		Before         int64
		// Now is the time for the rows of sessions, in Unix milliseconds.
		Now int64
	}

	// Changes is how the models of users and of sessions write revocations.
	Changes struct {
		// Clock is an SQL expression for the time of the database in Unix milliseconds.
		Clock func() string
		// Event makes the id of an entry that is written at a time: ids sort by time,
		// and those of one process in the order in which they were made. nil makes none,
		// as in the release that had none; who reads the row then makes one of it.
		Event func(time.Time) string
		// Told receives what was written, once it is committed.
		Told func([]*Revocation)
		// Outbox says who else is to be told, of this and of other changes; nil is nobody.
		Outbox Outbox
	}

	// endedToken is a session that is being ended.
	endedToken struct {
		ID     string `db:"id"`
		UserID int64  `db:"user_id"`
	}

	customRevocationModel struct {
		*defaultRevocationModel
		clock func() string
	}
)

// NewRevocationModel returns the table; clock is Changes.Clock.
func NewRevocationModel(conn sqlx.SqlConn, clock func() string) RevocationModel {
	return &customRevocationModel{defaultRevocationModel: newRevocationModel(conn), clock: clock}
}

func (m *customRevocationModel) Recent(ctx context.Context, within int64, each func([]*AgedRevocation)) (now int64, err error) {
	if err := m.conn.QueryRowCtx(ctx, &now, "select "+m.clock()); err != nil {
		return 0, err
	}
	where, args := fmt.Sprintf("`at` >= %s - ?", m.clock()), []any{within}
	for {
		var page []*AgedRevocation
		err := m.conn.QueryRowsCtx(ctx, &page, fmt.Sprintf("select %s, %s - `at` as `age` from %s where %s order by `at`, `id` limit %d",
			revocationRows, m.clock(), m.table, where, revocationPage), args...)
		if err != nil {
			return 0, err
		}
		if len(page) > 0 {
			each(page)
		}
		if len(page) < revocationPage {
			return now, nil
		}
		last := page[len(page)-1]
		where, args = "`at` >= ? and (`at` > ? or `id` > ?)", []any{last.At, last.At, last.Id}
	}
}

// Purge reads first and deletes by key, as that of sessions does.
func (m *customRevocationModel) Purge(ctx context.Context, older int64) (int, error) {
	var ids []int64
	err := m.conn.QueryRowsCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `at` < %s - ? limit %d", m.table, m.clock(), revocationPurge), older)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` in (%s)", m.table, places(len(ids))), args...)
	return len(ids), err
}

// write adds entries in a transaction that has written the row of the user they are
// about: so of two entries of a user the later one has the greater id.
func (c Changes) write(ctx context.Context, tx sqlx.Session, entries ...*Revocation) error {
	if len(entries) == 0 {
		return nil
	}
	var at int64
	if err := tx.QueryRowCtx(ctx, &at, "select "+c.Clock()); err != nil {
		return err
	}
	return c.writeAt(ctx, tx, at, entries...)
}

// writeAt is write at a time of the database that was read in the transaction.
func (c Changes) writeAt(ctx context.Context, tx sqlx.Session, at int64, entries ...*Revocation) error {
	args := make([]any, 0, 6*len(entries))
	for _, e := range entries {
		e.At = at
		if c.Event != nil {
			e.Event = c.Event(time.UnixMilli(at))
		}
		args = append(args, e.At, e.UserId, e.SessionId, e.Reason, e.Role, e.Event)
	}
	_, err := tx.ExecCtx(ctx, "insert into `revocation` (`at`, `user_id`, `session_id`, `reason`, `role`, `event`) values "+
		strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?), ", len(entries)), ", "), args...)
	if err != nil {
		return err
	}
	return c.tell(ctx, tx, ended(entries)...)
}

// add writes one more entry behind those that were written.
func (c Changes) add(ctx context.Context, tx sqlx.Session, written []*Revocation, entry *Revocation) ([]*Revocation, error) {
	return append(written, entry), c.write(ctx, tx, entry)
}

// end ends sessions of users in a transaction that has already written the rows of
// those users: a session that is being opened meanwhile refers to such a row, so it is
// either here to be ended, or waits and then finds the user changed.
func (c Changes) end(ctx context.Context, tx sqlx.Session, e Ending, users ...int64) ([]*Revocation, error) {
	var living []*endedToken
	args := make([]any, 0, len(users)+2)
	for _, id := range users {
		args = append(args, id)
	}
	which := "`revoked` = 0 and `id` <> ?"
	args = append(args, e.Except)
	if e.Before != 0 {
		which, args = which+" and `auth_time` < ?", append(args, e.Before)
	}
	err := tx.QueryRowsCtx(ctx, &living, fmt.Sprintf("select `id`, `user_id` from `token` where `user_id` in (%s) and %s", places(len(users)), which), args...)
	if err != nil {
		return nil, err
	}
	var entries []*Revocation
	for page := range slices.Chunk(living, endPage) {
		args, ended := []any{e.Now}, make([]*Revocation, len(page))
		for i, row := range page {
			args = append(args, row.ID)
			ended[i] = &Revocation{UserId: row.UserID, SessionId: row.ID, Reason: e.Reason}
		}
		// By key: a search would lock the gaps in which sign-ins insert.
		_, err = tx.ExecCtx(ctx, fmt.Sprintf("update `token` set `revoked` = ? where `revoked` = 0 and `id` in (%s)", places(len(page))), args...)
		if err != nil {
			return nil, err
		}
		if err := c.write(ctx, tx, ended...); err != nil {
			return nil, err
		}
		entries = append(entries, ended...)
	}
	return entries, nil
}

// places are n placeholders.
func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
