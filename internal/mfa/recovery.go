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
	// recoveryBytes are 80 random bits: nobody finds a code by its digest, which needs no
	// key then, so that the codes outlive every pepper.
	recoveryBytes = 10
)

// NewRecovery makes recovery codes, in the place of those before. They are told this once.
// Open codes of the user become void. Fails with apperr.NotFound without TOTP.
func (f *Factors) NewRecovery(ctx context.Context, userID int64) ([]string, error) {
	codes, rows, err := f.newCodes(userID)
	if err != nil {
		return nil, err
	}
	made, err := f.Users.PutRecoveryCodes(ctx, userID, rows)
	switch {
	case err != nil:
		return nil, gone(err)
	case !made:
		return nil, apperr.New(apperr.NotFound)
	}
	return codes, nil
}

// UseRecovery accepts a recovery code, each once, and ends the failures in a row. It is
// counted as CheckTotp counts, but for those in a row: nobody finds a code by trying. Fails
// as CheckTotp does.
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
		// The code is used, so it admits; TOTP stays locked until there is another proof.
		logx.WithContext(ctx).Errorf("mfa: failures in a row: %v", err)
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

// recoveryID is what is kept of a code, which may be spelled as it was typed.
func recoveryID(userID int64, code string) string {
	plain := readable.Plain(strings.ReplaceAll(code, " ", ""))
	sum := sha256.Sum256([]byte("recovery code " + strconv.FormatInt(userID, 10) + " " + plain))
	return hex.EncodeToString(sum[:])
}
