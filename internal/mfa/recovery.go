package mfa

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/readable"
	"user-api/model"
)

const (
	recoveryCodes = 10
	// recoveryBytes makes 80 random bits, so that codes cannot be found from an unkeyed digest.
	// Without a key, they survive every change of pepper.
	recoveryBytes = 10
)

// NewRecovery replaces the recovery codes and returns the new ones, which are shown only once. It
// invalidates open codes of the user. It fails with apperr.NotFound without TOTP.
func (f *Factors) NewRecovery(ctx context.Context, userID int64) ([]string, error) {
	codes, rows, err := f.newCodes(userID)
	if err != nil {
		return nil, err
	}
	made, err := f.Users.PutRecoveryCodes(ctx, userID, rows)
	switch {
	case err != nil:
		return nil, writeError(err)
	case !made:
		return nil, apperr.New(apperr.NotFound)
	}
	return codes, nil
}

// UseRecovery accepts a recovery code once and clears the consecutive failures. It counts like
// CheckTotp, except for consecutive failures, because recovery codes cannot be guessed. It fails
// like CheckTotp.
func (f *Factors) UseRecovery(ctx context.Context, userID int64, code string) error {
	if _, err := f.try(ctx, userID, factorRecovery, false); err != nil {
		return err
	}
	used, err := f.Codes.Use(ctx, userID, recoveryID(userID, code), f.Now().UnixMilli())
	if err != nil {
		return apperr.Down(err)
	}
	if !used {
		return wrong(factorRecovery, outcomeWrong)
	}
	tries.Inc(factorRecovery, outcomeRight)
	if err := f.Proven(ctx, userID); err != nil {
		// The code is used, so the sign-in succeeds; TOTP stays locked until the next proof.
		logx.WithContext(ctx).Errorf("mfa: clear consecutive failures: %v", err)
	}
	return nil
}

func (f *Factors) newCodes(userID int64) ([]string, []*model.RecoveryCode, error) {
	codes, rows := make([]string, recoveryCodes), make([]*model.RecoveryCode, recoveryCodes)
	now := f.Now().UnixMilli()
	for i := range codes {
		code, err := readable.New(f.Rand, recoveryBytes)
		if err != nil {
			return nil, nil, err
		}
		codes[i], rows[i] = code, &model.RecoveryCode{Id: recoveryID(userID, code), UserId: userID, Created: now}
	}
	return codes, rows, nil
}

// recoveryID returns the stored digest of a code, ignoring spaces and case.
func recoveryID(userID int64, code string) string {
	plain := readable.Plain(strings.ReplaceAll(code, " ", ""))
	sum := sha256.Sum256([]byte("recovery code " + strconv.FormatInt(userID, 10) + " " + plain))
	return hex.EncodeToString(sum[:])
}
