package model

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ TokenModel = (*customTokenModel)(nil)

type (
	// TokenModel is the session table. It is not cached: it is the truth that
	// rotation and revocation are decided on.
	TokenModel interface {
		tokenModel
		// Beyond lists the ids of what Living lists but for the newest, of which it
		// leaves out as many as keep says.
		Beyond(ctx context.Context, userID, now int64, keep int) ([]string, error)
		// FindWithUser reads a session together with its user, and the time of the
		// database, in Unix milliseconds.
		FindWithUser(ctx context.Context, id string) (row *Token, user *User, now int64, err error)
		// Living lists a user's sessions that have not ended, newest first.
		Living(ctx context.Context, userID, now int64) ([]*Token, error)
		// OfUser pages through all rows of a user's sessions, newest first, behind the
		// one that was created at a time and has an id.
		OfUser(ctx context.Context, userID, created int64, id string, limit int) ([]*Token, error)
		// Opened reads the user of a session that was just inserted, and how many
		// of the user's sessions have not ended.
		Opened(ctx context.Context, userID, now int64) (*Opened, error)
		// Purge deletes up to limit sessions whose idle or absolute limit lies
		// before the given time, and says how many.
		Purge(ctx context.Context, before int64, limit int) (int64, error)
		// RecentIPs lists the addresses of the sessions that last longest, which as a
		// rule are those used last: a look at them reads no more rows than it tells.
		RecentIPs(ctx context.Context, limit int) ([]string, error)
		// Revoke ends one session; false if it had ended before.
		Revoke(ctx context.Context, id, reason string, now int64) (bool, error)
		// TakeBack deletes a session that nobody has a token of, and what was to be told
		// of it.
		TakeBack(ctx context.Context, row *Token) error
		// Rotate makes next the current refresh token if, and only if, prev still
		// is and the session lives. Of any number of callers one gets true.
		Rotate(ctx context.Context, r Rotation) (bool, error)
		// SetMethods notes how the user of a session was proven.
		SetMethods(ctx context.Context, id, amr string) error
	}

	// Rotation is one exchange of a refresh token.
	Rotation struct {
		ID         string
		Prev, Next string // digests
		Now        int64
		Expires    int64
		// UserAgent and IP are those of who exchanges.
		UserAgent, IP string
	}

	// openedBy asks for the user of a session that was just inserted.
	openedBy struct{ userID, now int64 }

	// revoked is whose a session is, and the time of the database.
	revoked struct {
		UserID int64 `db:"user_id"`
		Now    int64 `db:"now"`
	}

	// Opened is the user of a session that was just opened, with the number of sessions
	// that live and whether there is a row of second factors.
	Opened struct {
		User
		Living int  `db:"living"`
		Mfa    bool `db:"has_mfa"`
	}

	// held is a session with its user and the time.
	held struct {
		Token
		Username    sql.NullString `db:"username"`
		Phone       sql.NullString `db:"phone"`
		Email       sql.NullString `db:"email"`
		Role        string         `db:"role"`
		Status      string         `db:"status"`
		BanReason   string         `db:"ban_reason"`
		BanUntil    int64          `db:"ban_until"`
		Since       int64          `db:"since"`
		Epoch       int64          `db:"epoch"`
		Locale      string         `db:"locale"`
		Seen        int64          `db:"seen"`
		DisplayName string         `db:"display_name"`
		Language    string         `db:"language"`
		Profile     int64          `db:"profile"`
		Avatar      string         `db:"avatar"`
		Anonymous   int64          `db:"anonymous"`
		Now         int64          `db:"now"`
	}

	customTokenModel struct {
		*defaultTokenModel
		changes  Changes
		together tokenGroups
	}
)

// NewTokenModel returns the session table.
func NewTokenModel(conn sqlx.SqlConn, changes Changes) TokenModel {
	m := &customTokenModel{defaultTokenModel: newTokenModel(conn), changes: changes}
	m.share()
	return m
}

func (m *customTokenModel) Beyond(ctx context.Context, userID, now int64, keep int) ([]string, error) {
	var ids []string
	err := m.conn.QueryRowsCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `user_id` = ? and `revoked` = 0 "+
		"and `expires` > ? order by `created` desc, `id` limit 1000 offset ?", m.table), userID, now, keep)
	return ids, err
}

func (m *customTokenModel) FindWithUser(ctx context.Context, id string) (*Token, *User, int64, error) {
	row, err := m.together.held.Do(ctx, id)
	if err != nil {
		return nil, nil, 0, err
	}
	return &row.Token, &User{
		Id: row.UserId, Username: row.Username, Phone: row.Phone, Email: row.Email, Role: row.Role,
		Status: row.Status, BanReason: row.BanReason, BanUntil: row.BanUntil, Created: row.Since, Epoch: row.Epoch, Locale: row.Locale, Seen: row.Seen,
		DisplayName: row.DisplayName, Language: row.Language, Profile: row.Profile, Avatar: row.Avatar, Anonymous: row.Anonymous,
	}, row.Now, nil
}

func (m *customTokenModel) readHeld(ctx context.Context, id string) (*held, error) {
	row := new(held)
	return row, m.conn.QueryRowCtx(ctx, row, m.heldQuery("= ? limit 1"), id)
}

func (m *customTokenModel) heldQuery(which string) string {
	return fmt.Sprintf("select %s, u.`username`, u.`phone`, u.`email`, u.`role`, u.`status`, u.`ban_reason`, u.`ban_until`, "+
		"u.`created` as `since`, u.`epoch`, u.`locale`, u.`seen`, u.`display_name`, u.`language`, u.`profile`, u.`avatar`, u.`anonymous`, %s as `now` from %s t join `user` u on u.`id` = t.`user_id` where t.`id` %s",
		columnsOf("t", tokenRows), m.changes.Clock(), m.table, which)
}

// Insert adds a session. Fails with errors that Duplicate and Orphan know.
func (m *customTokenModel) Insert(ctx context.Context, row *Token) (sql.Result, error) {
	_, err := m.together.insert.Do(ctx, row)
	return oneRow, err
}

func (m *customTokenModel) Living(ctx context.Context, userID, now int64) ([]*Token, error) {
	var rows []*Token
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` = ? and `revoked` = 0 "+
		"and `expires` > ? order by `created` desc, `id`", tokenRows, m.table), userID, now)
	return rows, err
}

func (m *customTokenModel) OfUser(ctx context.Context, userID, created int64, id string, limit int) ([]*Token, error) {
	var rows []*Token
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` = ? and `created` <= ? "+
		"and (`created` < ? or `id` > ?) order by `created` desc, `id` limit ?", tokenRows, m.table), userID, created, created, id, limit)
	return rows, err
}

func (m *customTokenModel) Opened(ctx context.Context, userID, now int64) (*Opened, error) {
	return m.together.opened.Do(ctx, openedBy{userID, now})
}

func (m *customTokenModel) readOpened(ctx context.Context, by openedBy) (*Opened, error) {
	row := new(Opened)
	return row, m.conn.QueryRowCtx(ctx, row, m.openedQuery("= ? limit 1"), by.now, by.userID)
}

func (m *customTokenModel) openedQuery(which string) string {
	return fmt.Sprintf("select %s, (select count(*) from %s t where t.`user_id` = u.`id` and t.`revoked` = 0 and t.`expires` > ?) as `living`, "+
		"exists (select 1 from `mfa` f where f.`user_id` = u.`id`) as `has_mfa` from `user` u where u.`id` %s", columnsOf("u", userRows), m.table, which)
}

// Purge reads first and deletes by key: a DELETE that searched would lock the
// gaps in which sign-ins insert, and the two would deadlock.
func (m *customTokenModel) Purge(ctx context.Context, before int64, limit int) (int64, error) {
	var ids []string
	// expires never lies after ends.
	err := m.conn.QueryRowsCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `expires` < ? limit ?", m.table), before, limit)
	if err != nil {
		return 0, err
	}
	var purged int64
	for _, id := range ids {
		if err := m.Delete(ctx, id); err != nil {
			return purged, err
		}
		purged++
	}
	return purged, nil
}

func (m *customTokenModel) RecentIPs(ctx context.Context, limit int) ([]string, error) {
	var ips []string
	err := m.conn.QueryRowsCtx(ctx, &ips, fmt.Sprintf("select `ip` from %s order by `expires` desc limit ?", m.table), limit)
	return ips, err
}

func (m *customTokenModel) Revoke(ctx context.Context, id, reason string, now int64) (lived bool, err error) {
	err = transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		lived, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set `revoked` = ? where `id` = ? and `revoked` = 0", m.table), now, id))
		if err != nil || !lived {
			return nil, err
		}
		var whose revoked
		query := fmt.Sprintf("select `user_id`, %s as `now` from %s where `id` = ?", m.changes.Clock(), m.table)
		if err := tx.QueryRowCtx(ctx, &whose, query, id); err != nil {
			return nil, err
		}
		entry := &Revocation{UserId: whose.UserID, SessionId: id, Reason: reason}
		return []*Revocation{entry}, m.changes.writeAt(ctx, tx, whose.Now, entry)
	})
	return lived, err
}

// TakeBack tells of the end of a session whose beginning is being told already.
func (m *customTokenModel) TakeBack(ctx context.Context, row *Token) error {
	if m.changes.Outbox == nil {
		return m.Delete(ctx, row.Id)
	}
	const ofSession = "from `webhook` where `user_id` = ? and `session_id` = ?"
	return transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := newTokenModel(sqlx.NewSqlConnFromSession(tx)).Delete(ctx, row.Id); err != nil {
			return nil, err
		}
		if _, err := tx.ExecCtx(ctx, "delete "+ofSession+" and `state` = ? and `tries` = 0", row.UserId, row.Id, WebhookPending); err != nil {
			return nil, err
		}
		var told int
		if err := tx.QueryRowCtx(ctx, &told, "select count(*) "+ofSession, row.UserId, row.Id); err != nil || told == 0 {
			return nil, err
		}
		return nil, m.changes.tell(ctx, tx, Happening{Kind: SessionEnded, UserID: row.UserId, SessionID: row.Id, Reason: Refused})
	})
}

func (m *customTokenModel) Rotate(ctx context.Context, r Rotation) (bool, error) {
	// prev_hash comes first: MySQL assigns from left to right.
	result, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `prev_hash` = `hash`, `hash` = ?, "+
		"`generation` = `generation` + 1, `rotated` = ?, `expires` = ?, `user_agent` = ?, `ip` = ? "+
		"where `id` = ? and `hash` = ? and `revoked` = 0 and `expires` > ? and `ends` > ?", m.table),
		r.Next, r.Now, r.Expires, r.UserAgent, r.IP, r.ID, r.Prev, r.Now, r.Now)
	return changedOne(result, err)
}

func (m *customTokenModel) SetMethods(ctx context.Context, id, amr string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `amr` = ? where `id` = ?", m.table), amr, id)
	return err
}
