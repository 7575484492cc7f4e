package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Reasons of a Revocation of a session.
const (
	EndedBySignOut  = "signed_out"
	EndedByUser     = "ended" // by the user, or by an administrator for the user
	EndedByLimit    = "limit" // the oldest of too many
	EndedByReuse    = "reused"
	EndedByBan      = "banned"
	EndedByPassword = "password"
	EndedByAddress  = "address"
	EndedByOperator = "operator" // with all other sessions
	EndedByProvider = "provider" // at the request of the social sign-in provider
)

// Reasons of a Revocation of a user. Erased ends all sessions of the user and is also the
// reason of their rows. For the other reasons, the ended sessions have rows with reasons of
// their own.
const (
	Erased            = "erased"
	RoleChanged       = "role"
	Disabled          = "disabled" // banned
	Enabled           = "enabled"
	IdentifierChanged = "identifier" // an address was bound, replaced or removed
	CredentialChanged = "credential" // a password was set, changed or reset
)

// Reasons of a Revocation of a signing key. Its user is 0 and its session is the id of the
// key.
const (
	KeyRevoked  = "key_revoked"
	KeysChanged = "keys_changed" // in any other way
)

// Batch sizes: the maximum number of rows that one statement reads, purges and ends.
const (
	revocationPage  = 5000
	revocationPurge = 500
	endPage         = 500
)

var _ RevocationModel = (*customRevocationModel)(nil)

type (
	// RevocationModel is the table of recently ended sessions and changed users. The models
	// of sessions and users write its rows in the transaction of the change. Rows never
	// change.
	RevocationModel interface {
		// Recent calls each with pages of the rows of the last within milliseconds by the
		// database clock, oldest first. It returns the database time when it began.
		Recent(ctx context.Context, within int64, each func([]*AgedRevocation)) (now int64, err error)
		// Purge deletes a batch of rows that are older than older milliseconds, and returns
		// how many.
		Purge(ctx context.Context, older int64) (int, error)
	}

	// AgedRevocation is a Revocation with its age in milliseconds.
	AgedRevocation struct {
		Revocation
		Age int64 `db:"age"`
	}

	// Ending selects the sessions that a change of a user ends: all but Except, which may
	// be "". If Before is not 0, only sessions authenticated before that time in Unix
	// milliseconds end.
	Ending struct {
		Reason, Except string
		Before         int64
		// Now is the end time to store in the sessions, in Unix milliseconds.
		Now int64
	}

	// Changes is how the models publish changes: as revocations for other nodes and as
	// webhooks for other services.
	Changes struct {
		// Clock returns an SQL expression for the database time in Unix milliseconds.
		Clock func() string
		// Event generates the id of an entry written at the given time. Ids sort by time, and
		// those of one process in the order of generation. If Event is nil, entries have no
		// id, as in older releases, and readers derive one from the row.
		Event func(time.Time) string
		// OnCommit receives the entries after they are committed.
		OnCommit func([]*Revocation)
		// Outbox makes webhooks for changes; it may be nil.
		Outbox Outbox
	}

	// endedToken is a session to be ended.
	endedToken struct {
		ID     string `db:"id"`
		UserID int64  `db:"user_id"`
	}

	customRevocationModel struct {
		*defaultRevocationModel
		clock func() string
	}
)

// NewRevocationModel returns the RevocationModel of conn. The clock is Changes.Clock.
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

func (m *customRevocationModel) Purge(ctx context.Context, older int64) (int, error) {
	return purgeWhere[int64](ctx, m.conn, m.table, fmt.Sprintf("`at` < %s - ? limit ?", m.clock()), older, revocationPurge)
}

// write adds entries in a transaction that has already written the row of their user, so
// that of two entries of a user the later one has the greater id.
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

// writeAt is write with a database time that was read in the same transaction.
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
	return c.enqueue(ctx, tx, endedEvents(entries)...)
}

// add writes an entry and appends it to those written before.
func (c Changes) add(ctx context.Context, tx sqlx.Session, written []*Revocation, entry *Revocation) ([]*Revocation, error) {
	return append(written, entry), c.write(ctx, tx, entry)
}

// end ends sessions of users in a transaction that has already written the rows of those
// users. A session inserted concurrently refers to such a row: either it is visible here and
// ends, or its insert waits and then finds the user changed.
func (c Changes) end(ctx context.Context, tx sqlx.Session, e Ending, users ...int64) ([]*Revocation, error) {
	var active []*endedToken
	which, args := "`revoked` = 0 and `id` <> ?", append(anys(users), e.Except)
	if e.Before != 0 {
		which, args = which+" and `auth_time` < ?", append(args, e.Before)
	}
	err := tx.QueryRowsCtx(ctx, &active, fmt.Sprintf("select `id`, `user_id` from `token` where `user_id` in (%s) and %s", placeholders(len(users)), which), args...)
	if err != nil {
		return nil, err
	}
	var entries []*Revocation
	for page := range slices.Chunk(active, endPage) {
		args, ended := []any{e.Now}, make([]*Revocation, len(page))
		for i, row := range page {
			args = append(args, row.ID)
			ended[i] = &Revocation{UserId: row.UserID, SessionId: row.ID, Reason: e.Reason}
		}
		// By key: a search condition would lock the gaps in which sign-ins insert.
		_, err = tx.ExecCtx(ctx, fmt.Sprintf("update `token` set `revoked` = ? where `revoked` = 0 and `id` in (%s)", placeholders(len(page))), args...)
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
