package model

import (
	"context"
	"errors"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

type (
	// UserFactors changes the second factors of users.
	UserFactors interface {
		// ConfirmTotp makes the pending secret the factor and ends proofs. It reports whether
		// the secret was still pending.
		ConfirmTotp(ctx context.Context, c TotpConfirmation) (bool, error)
		// PutRecoveryCodes replaces the recovery codes and ends proofs. It does nothing and
		// reports false if the user has no TOTP.
		PutRecoveryCodes(ctx context.Context, id int64, codes []*RecoveryCode) (bool, error)
		// RemoveTotp removes TOTP and the recovery codes of a user, ends proofs and reports
		// whether the user had TOTP. If due is not 0, it does so only if a reset was scheduled
		// for that time or earlier, and reports whether one was.
		RemoveTotp(ctx context.Context, id, due int64) (bool, error)
	}

	// TotpConfirmation is the argument of ConfirmTotp.
	TotpConfirmation struct {
		UserID int64
		// Pending is the expected pending secret.
		Pending string
		// Secret is the encrypted secret, Pepper the ID of the pepper that encrypts it.
		Secret, Pepper string
		// Step is the time step of the confirming code, Now the current time.
		Step, Now int64
		// Codes replace the recovery codes.
		Codes []*RecoveryCode
	}
)

// ConfirmTotp writes the row of the factors first: of concurrent calls, all but the first
// find the secret changed. The two methods below do the same.
func (m *customUserModel) ConfirmTotp(ctx context.Context, c TotpConfirmation) (bool, error) {
	return m.changeFactors(ctx, c.UserID, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		confirmed, err := changedOne(tx.ExecCtx(ctx, "update `mfa` set `secret` = ?, `pepper` = ?, `pending` = '', `confirmed` = ?, `step` = ?, "+
			"`tries` = 0, `failed` = 0 where `user_id` = ? and `pending` = ?", c.Secret, c.Pepper, c.Now, c.Step, c.UserID, c.Pending))
		if err != nil || !confirmed {
			return false, err
		}
		return true, replaceCodes(ctx, tx, c.UserID, c.Codes)
	})
}

func (m *customUserModel) PutRecoveryCodes(ctx context.Context, id int64, codes []*RecoveryCode) (bool, error) {
	return m.changeFactors(ctx, id, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		// This changes nothing, but locks the row in every dialect.
		if _, err := tx.ExecCtx(ctx, "update `mfa` set `user_id` = `user_id` where `user_id` = ?", id); err != nil {
			return false, err
		}
		var confirmed int64
		err := tx.QueryRowCtx(ctx, &confirmed, "select `confirmed` from `mfa` where `user_id` = ?", id)
		if errors.Is(err, ErrNotFound) || err == nil && confirmed == 0 {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, replaceCodes(ctx, tx, id, codes)
	})
}

func (m *customUserModel) RemoveTotp(ctx context.Context, id, due int64) (bool, error) {
	where, args := "`confirmed` > 0", []any{id}
	if due > 0 {
		where, args = "`reset_due` > 0 and `reset_due` <= ?", append(args, due)
	}
	return m.changeFactors(ctx, id, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		removed, err := changedOne(tx.ExecCtx(ctx, "update `mfa` set `secret` = '', `pepper` = '', `pending` = '', `confirmed` = 0, `step` = 0, "+
			"`failed` = 0, `reset_due` = 0 where `user_id` = ? and "+where, args...))
		if err != nil || !removed {
			return false, err
		}
		return true, replaceCodes(ctx, tx, id, nil)
	})
}

// changeFactors runs do in a transaction and, if do reports a change, ends proofs and writes
// a Revocation of the user. Sessions continue.
func (m *customUserModel) changeFactors(ctx context.Context, id int64, do func(context.Context, sqlx.Session) (bool, error)) (changed bool, err error) {
	err = m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		changed, err = do(ctx, tx)
		if err != nil || !changed {
			return nil, err
		}
		if err := m.set(ctx, tx, id, nextEpoch); err != nil {
			return nil, err
		}
		return m.changes.add(ctx, tx, nil, &Revocation{UserId: id, Reason: CredentialChanged})
	})
	return changed && err == nil, err
}

// replaceCodes reads first and deletes by key, to lock no gap in which others insert. The
// transaction has locked the row of the user's factors.
func replaceCodes(ctx context.Context, tx sqlx.Session, id int64, codes []*RecoveryCode) error {
	var old []string
	if err := tx.QueryRowsCtx(ctx, &old, "select `id` from `recovery_code` where `user_id` = ?", id); err != nil {
		return err
	}
	if len(old) > 0 {
		if _, err := tx.ExecCtx(ctx, deleteQuery("`recovery_code`", len(old)), anys(old)...); err != nil {
			return err
		}
	}
	rows := make([][]any, len(codes))
	for i, c := range codes {
		rows[i] = []any{c.Id, c.UserId, c.Used, c.Created}
	}
	return insertRows(ctx, sqlx.NewSqlConnFromSession(tx), "`recovery_code`", recoveryCodeRows, rows)
}
