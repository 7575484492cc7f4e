package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// nextEpoch invalidates a user's open codes.
const nextEpoch = "`epoch` = `epoch` + 1"

func (m *customUserModel) Ban(ctx context.Context, id int64, reason string, until int64, e Ending) error {
	what := OutboxEvent{Kind: UserBanned, UserID: id, Until: until}
	return m.changeAndEnd(ctx, id, &e, Disabled, what, "`status` = ?, `ban_reason` = ?, `ban_until` = ?, "+nextEpoch, StatusBanned, reason, until)
}

func (m *customUserModel) Unban(ctx context.Context, id int64) error {
	what := OutboxEvent{Kind: UserUnbanned, UserID: id}
	return m.changeAndEnd(ctx, id, nil, Enabled, what, "`status` = ?, `ban_reason` = '', `ban_until` = 0, "+nextEpoch, StatusActive)
}

func (m *customUserModel) Bind(ctx context.Context, id int64, column UserColumn, value string, e *Ending) error {
	what := addressEvent(AddressBound, id, column, value)
	what.Replaces = e != nil
	return m.changeAndEnd(ctx, id, e, IdentifierChanged, what, "`"+string(column)+"` = ?, "+nextEpoch, value)
}

func (m *customUserModel) EndProofs(ctx context.Context, id int64, e Ending) error {
	return m.changeAndEnd(ctx, id, &e, "", OutboxEvent{}, nextEpoch)
}

// EndProofsAfter does not drop the cached rows: nothing depends on their epoch.
func (m *customUserModel) EndProofsAfter(ctx context.Context, after int64, limit int, e Ending) (s SweepResult, err error) {
	var ids []int64
	err = m.QueryRowsNoCacheCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `id` > ? order by `id` limit ?", m.table), after, limit)
	if err != nil || len(ids) == 0 {
		return s, err
	}
	err = m.transact(ctx, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		// By key and in order, so that concurrent calls cannot deadlock.
		_, err := tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` in (%s)", m.table, nextEpoch, placeholders(len(ids))), anys(ids)...)
		if err != nil {
			return nil, err
		}
		entries, err := m.changes.end(ctx, tx, e, ids...)
		s = SweepResult{Last: ids[len(ids)-1], Users: len(ids), Sessions: len(entries)}
		return entries, err
	})
	return s, err
}

func (m *customUserModel) SetRole(ctx context.Context, id int64, role string) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		what := OutboxEvent{Kind: UserRoleChanged, UserID: id, Role: role}
		if err := m.setAndEnqueue(ctx, tx, id, what, "`role` = ?", role); err != nil {
			return nil, err
		}
		return m.changes.add(ctx, tx, nil, &Revocation{UserId: id, Reason: RoleChanged, Role: role})
	})
}

// Erase ends the sessions first: their rows are deleted with the user row.
func (m *customUserModel) Erase(ctx context.Context, id, now int64) error {
	return m.withProfile(ctx, id, func() error {
		return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
			if err := m.set(ctx, tx, id, nextEpoch); err != nil {
				return nil, err
			}
			return m.eraseIn(ctx, tx, id, now)
		})
	})
}

// eraseIn erases a user in a transaction that has written the user row.
func (m *customUserModel) eraseIn(ctx context.Context, tx sqlx.Session, id, now int64) ([]*Revocation, error) {
	entries, err := m.changes.end(ctx, tx, Ending{Reason: Erased, Now: now}, id)
	if err != nil {
		return nil, err
	}
	if err := anonymizeOrigin(ctx, tx, id); err != nil {
		return nil, err
	}
	// Only settled webhooks; WebhookModel.Settle deletes the others later.
	if m.changes.Outbox != nil {
		if _, err := tx.ExecCtx(ctx, forgetQuery, id, WebhookDelivered, WebhookFailed); err != nil {
			return nil, err
		}
	}
	deleted, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ?", m.table), id))
	if err == nil && deleted {
		err = m.changes.enqueue(ctx, tx, OutboxEvent{Kind: UserDeleted, UserID: id})
	}
	if err != nil {
		return nil, err
	}
	return m.changes.add(ctx, tx, entries, &Revocation{UserId: id, Reason: Erased})
}

func (m *customUserModel) PutCredential(ctx context.Context, c *Credential, e Ending) error {
	return m.change(ctx, c.UserId, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.set(ctx, tx, c.UserId, nextEpoch); err != nil {
			return nil, err
		}
		if err := NewCredentialModel(sqlx.NewSqlConnFromSession(tx)).Put(ctx, c); err != nil {
			return nil, err
		}
		if _, err := tx.ExecCtx(ctx, "delete from `credential` where `user_id` = ? and `kind` = ?", c.UserId, KindReset); err != nil {
			return nil, err
		}
		if err := clearImportedHash(ctx, tx, c.UserId); err != nil {
			return nil, err
		}
		if err := m.upgrade(ctx, tx, c.UserId, hasWay); err != nil {
			return nil, err
		}
		if err := m.changes.enqueue(ctx, tx, OutboxEvent{Kind: PasswordChanged, UserID: c.UserId}); err != nil {
			return nil, err
		}
		entries, err := m.changes.end(ctx, tx, e, c.UserId)
		if err != nil {
			return nil, err
		}
		return m.changes.add(ctx, tx, entries, &Revocation{UserId: c.UserId, Reason: CredentialChanged})
	})
}

// KeepAdmin runs change on a model that uses the transaction. The Revocations it writes are
// passed to OnCommit after the commit.
func (m *customUserModel) KeepAdmin(ctx context.Context, id, now int64, change func(UserModel) error) error {
	return m.transact(ctx, func(ctx context.Context, tx sqlx.Session) (entries []*Revocation, err error) {
		// Writing the rows of all administrators locks them, in every dialect.
		lock := fmt.Sprintf("update %s set `role` = ? where `role` = ?", m.table)
		if _, err := tx.ExecCtx(ctx, lock, RoleAdmin, RoleAdmin); err != nil {
			return nil, err
		}
		var others int
		err = tx.QueryRowCtx(ctx, &others, fmt.Sprintf("select count(*) from %s where `role` = ? and `id` <> ? "+
			"and not (`status` = ? and (`ban_until` = 0 or `ban_until` > ?))", m.table), RoleAdmin, id, StatusBanned, now)
		if err != nil {
			return nil, err
		}
		if others == 0 {
			return nil, ErrLastAdmin
		}
		inside := *m.defaultUserModel
		inside.CachedConn = m.CachedConn.WithSession(tx)
		changes := m.changes
		changes.OnCommit = func(more []*Revocation) { entries = append(entries, more...) }
		err = change(&customUserModel{defaultUserModel: &inside, changes: changes, tx: tx})
		return entries, err
	})
}

// RecordSignIn does not drop the cached row: nothing depends on what it changes.
func (m *customUserModel) RecordSignIn(ctx context.Context, id, at int64, locale string) error {
	if m.groups.signIns == nil {
		return m.recordSignIn(ctx, at, locale, id)
	}
	_, err := m.groups.signIns.Do(ctx, signIn{id, at, locale})
	return err
}

func (m *customUserModel) recordSignIn(ctx context.Context, at int64, locale string, ids ...int64) error {
	args := append([]any{at, locale}, anys(ids)...)
	_, err := m.ExecNoCacheCtx(ctx, fmt.Sprintf("update %s set `seen` = ?, `locale` = ? where `id` in (%s)", m.table, placeholders(len(ids))), args...)
	return err
}

// changeAndEnd sets columns of a user, enqueues the event if the row changed, ends sessions
// unless e is nil, and writes a Revocation of the user unless reason is "".
func (m *customUserModel) changeAndEnd(ctx context.Context, id int64, e *Ending, reason string, what OutboxEvent, set string, args ...any) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) (entries []*Revocation, err error) {
		if err := m.setAndEnqueue(ctx, tx, id, what, set, args...); err != nil {
			return nil, err
		}
		if what.Kind == AddressBound { // an address is a way to sign in
			if err := m.upgrade(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		if e != nil {
			if entries, err = m.changes.end(ctx, tx, *e, id); err != nil {
				return nil, err
			}
		}
		if reason == "" {
			return entries, nil
		}
		return m.changes.add(ctx, tx, entries, &Revocation{UserId: id, Reason: reason})
	})
}

// setAndEnqueue sets columns of a user and enqueues the event if the row changed.
func (m *customUserModel) setAndEnqueue(ctx context.Context, tx sqlx.Session, id int64, what OutboxEvent, set string, args ...any) error {
	changed, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ?", m.table, set), append(args, id)...))
	if err != nil || !changed {
		return err
	}
	return m.changes.enqueue(ctx, tx, what)
}

func (m *customUserModel) set(ctx context.Context, tx sqlx.Session, id int64, set string, args ...any) error {
	_, err := tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ?", m.table, set), append(args, id)...)
	return err
}

// change runs a change of one user in a transaction. It drops the cached row before and
// after, so that a process killed in between leaves no stale row behind.
func (m *customUserModel) change(ctx context.Context, id int64, do func(context.Context, sqlx.Session) ([]*Revocation, error)) error {
	key := m.formatPrimary(id)
	_ = m.DelCacheCtx(ctx, key)
	if err := m.transact(ctx, do); err != nil {
		return err
	}
	return m.DelCacheCtx(ctx, key)
}

// transact runs do in a transaction, or in that of KeepAdmin, and passes the entries that
// do has written to OnCommit after the commit.
func (m *customUserModel) transact(ctx context.Context, do func(context.Context, sqlx.Session) ([]*Revocation, error)) error {
	if m.tx != nil {
		entries, err := do(ctx, m.tx)
		if err == nil {
			m.changes.OnCommit(entries)
		}
		return err
	}
	return transact(ctx, m.TransactCtx, m.changes, do)
}

// transact runs do in a transaction, which may be retried from the start, and passes the
// entries that do has written to OnCommit after the commit.
func transact(ctx context.Context, begin func(context.Context, func(context.Context, sqlx.Session) error) error,
	changes Changes, do func(context.Context, sqlx.Session) ([]*Revocation, error),
) error {
	var entries []*Revocation
	err := begin(ctx, func(ctx context.Context, tx sqlx.Session) (err error) {
		entries, err = do(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	changes.written()
	if len(entries) > 0 {
		changes.OnCommit(entries)
	}
	return nil
}
