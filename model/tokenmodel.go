package model

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ TokenModel = (*customTokenModel)(nil)

type (
	// TokenModel is the session table. It is not cached, as rotation and revocation are
	// decided on it.
	TokenModel interface {
		tokenModel
		// Excess lists the ids of the active sessions of a user without the newest keep
		// ones.
		Excess(ctx context.Context, userID, now int64, keep int) ([]string, error)
		// FindWithUser reads a session with its user, and the database time in Unix
		// milliseconds.
		FindWithUser(ctx context.Context, id string) (row *Token, user *User, now int64, err error)
		// Active lists a user's sessions that have not ended, newest first.
		Active(ctx context.Context, userID, now int64) ([]*Token, error)
		// OfUser pages through all sessions of a user, newest first. A page begins after
		// the session with the given creation time and id.
		OfUser(ctx context.Context, userID, created int64, id string, limit int) ([]*Token, error)
		// Opened reads the user of a session that was just inserted and the number of the
		// user's active sessions.
		Opened(ctx context.Context, userID, now int64) (*Opened, error)
		// Purge deletes up to limit sessions whose idle or absolute limit is before the
		// given time, and returns how many.
		Purge(ctx context.Context, before int64, limit int) (int64, error)
		// RecentIPs lists the IP addresses of the sessions that expire last, which usually
		// are those used last. This order is indexed, so it reads limit rows.
		RecentIPs(ctx context.Context, limit int) ([]string, error)
		// Revoke ends a session and reports whether it was active.
		Revoke(ctx context.Context, id, reason string, now int64) (bool, error)
		// Discard deletes a session whose token was never handed out, along with its
		// pending webhooks.
		Discard(ctx context.Context, row *Token) error
		// Rotate makes Next the current refresh token if Prev is the current one and the
		// session is active. Of concurrent callers, exactly one gets true.
		Rotate(ctx context.Context, r Rotation) (bool, error)
		// SetMethods stores the authentication methods of a session.
		SetMethods(ctx context.Context, id, amr string) error
	}

	// Rotation is an exchange of a refresh token.
	Rotation struct {
		ID         string
		Prev, Next string // digests
		Now        int64
		Expires    int64
		// UserAgent and IP are those of the client.
		UserAgent, IP string
	}

	// openedKey identifies a call of Opened.
	openedKey struct{ userID, now int64 }

	// revoked is the user of a session and the database time.
	revoked struct {
		UserID int64 `db:"user_id"`
		Now    int64 `db:"now"`
	}

	// Opened is the user of a session that was just opened, with the number of active
	// sessions and whether the user has a row of second factors.
	Opened struct {
		User
		Living int  `db:"living"`
		Mfa    bool `db:"has_mfa"`
	}

	// sessionWithUser is a session with its user and the database time.
	sessionWithUser struct {
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
		changes Changes
		groups  tokenGroups
	}
)

// NewTokenModel returns the TokenModel of conn.
func NewTokenModel(conn sqlx.SqlConn, changes Changes) TokenModel {
	m := &customTokenModel{defaultTokenModel: newTokenModel(conn), changes: changes}
	m.share()
	return m
}

func (m *customTokenModel) Excess(ctx context.Context, userID, now int64, keep int) ([]string, error) {
	return selectRows[string](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select `id` from %s where `user_id` = ? and `revoked` = 0 "+
		"and `expires` > ? order by `created` desc, `id` limit 1000 offset ?", m.table), userID, now, keep)
}

func (m *customTokenModel) FindWithUser(ctx context.Context, id string) (*Token, *User, int64, error) {
	row, err := m.groups.session.Do(ctx, id)
	if err != nil {
		return nil, nil, 0, err
	}
	return &row.Token, &User{
		Id: row.UserId, Username: row.Username, Phone: row.Phone, Email: row.Email, Role: row.Role,
		Status: row.Status, BanReason: row.BanReason, BanUntil: row.BanUntil, Created: row.Since, Epoch: row.Epoch, Locale: row.Locale, Seen: row.Seen,
		DisplayName: row.DisplayName, Language: row.Language, Profile: row.Profile, Avatar: row.Avatar, Anonymous: row.Anonymous,
	}, row.Now, nil
}

func (m *customTokenModel) readSession(ctx context.Context, id string) (*sessionWithUser, error) {
	row := new(sessionWithUser)
	return row, m.conn.QueryRowCtx(ctx, row, m.sessionQuery("= ? limit 1"), id)
}

func (m *customTokenModel) sessionQuery(which string) string {
	return fmt.Sprintf("select %s, u.`username`, u.`phone`, u.`email`, u.`role`, u.`status`, u.`ban_reason`, u.`ban_until`, "+
		"u.`created` as `since`, u.`epoch`, u.`locale`, u.`seen`, u.`display_name`, u.`language`, u.`profile`, u.`avatar`, u.`anonymous`, %s as `now` from %s t join `user` u on u.`id` = t.`user_id` where t.`id` %s",
		columnsOf("t", tokenRows), m.changes.Clock(), m.table, which)
}

// Insert adds a session. Duplicate and Orphan recognize its errors.
func (m *customTokenModel) Insert(ctx context.Context, row *Token) (sql.Result, error) {
	_, err := m.groups.insert.Do(ctx, row)
	return oneRow, err
}

func (m *customTokenModel) Active(ctx context.Context, userID, now int64) ([]*Token, error) {
	return selectRows[*Token](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? and `revoked` = 0 "+
		"and `expires` > ? order by `created` desc, `id`", tokenRows, m.table), userID, now)
}

func (m *customTokenModel) OfUser(ctx context.Context, userID, created int64, id string, limit int) ([]*Token, error) {
	return selectRows[*Token](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? and `created` <= ? "+
		"and (`created` < ? or `id` > ?) order by `created` desc, `id` limit ?", tokenRows, m.table), userID, created, created, id, limit)
}

func (m *customTokenModel) Opened(ctx context.Context, userID, now int64) (*Opened, error) {
	return m.groups.opened.Do(ctx, openedKey{userID, now})
}

func (m *customTokenModel) readOpened(ctx context.Context, by openedKey) (*Opened, error) {
	row := new(Opened)
	return row, m.conn.QueryRowCtx(ctx, row, m.openedQuery("= ? limit 1"), by.now, by.userID)
}

func (m *customTokenModel) openedQuery(which string) string {
	return fmt.Sprintf("select %s, (select count(*) from %s t where t.`user_id` = u.`id` and t.`revoked` = 0 and t.`expires` > ?) as `living`, "+
		"exists (select 1 from `mfa` f where f.`user_id` = u.`id`) as `has_mfa` from `user` u where u.`id` %s", columnsOf("u", userRows), m.table, which)
}

// Purge reads first and deletes by key, one by one: a DELETE that searched would lock the
// gaps in which sign-ins insert, and the two would deadlock.
func (m *customTokenModel) Purge(ctx context.Context, before int64, limit int) (int64, error) {
	var ids []string
	// expires is never later than ends.
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
	return selectRows[string](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select `ip` from %s order by `expires` desc limit ?", m.table), limit)
}

func (m *customTokenModel) Revoke(ctx context.Context, id, reason string, now int64) (ended bool, err error) {
	err = transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		ended, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set `revoked` = ? where `id` = ? and `revoked` = 0", m.table), now, id))
		if err != nil || !ended {
			return nil, err
		}
		var session revoked
		query := fmt.Sprintf("select `user_id`, %s as `now` from %s where `id` = ?", m.changes.Clock(), m.table)
		if err := tx.QueryRowCtx(ctx, &session, query, id); err != nil {
			return nil, err
		}
		entry := &Revocation{UserId: session.UserID, SessionId: id, Reason: reason}
		return []*Revocation{entry}, m.changes.writeAt(ctx, tx, session.Now, entry)
	})
	return ended, err
}

// Discard enqueues the end of the session if its beginning may already have been delivered.
func (m *customTokenModel) Discard(ctx context.Context, row *Token) error {
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
		var announced int
		if err := tx.QueryRowCtx(ctx, &announced, "select count(*) "+ofSession, row.UserId, row.Id); err != nil || announced == 0 {
			return nil, err
		}
		return nil, m.changes.enqueue(ctx, tx, OutboxEvent{Kind: SessionEnded, UserID: row.UserId, SessionID: row.Id, Reason: Refused})
	})
}

func (m *customTokenModel) Rotate(ctx context.Context, r Rotation) (bool, error) {
	// prev_hash comes first: MySQL evaluates assignments from left to right.
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
