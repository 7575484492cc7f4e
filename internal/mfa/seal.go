package mfa

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/model"
)

const (
	// resealPage is the number of secrets per query, resealTimeout the time limit per page.
	resealPage    = 500
	resealTimeout = 30 * time.Second
	// resealRetry is the pause after a failure.
	resealRetry = time.Minute
)

// encoding is the encoding of the columns.
var encoding = base64.RawURLEncoding

// errPepper is the cause of apperr.Unavailable if the pepper of a secret is not configured.
var errPepper = errors.New("mfa: a secret is sealed under a pepper that is not configured here")

// Sealed holds the numbers of secrets by pepper.
type Sealed struct {
	// Current and Previous are under the peppers of this configuration, Unknown under others.
	Current, Previous, Unknown int
}

// Sealed counts the secrets.
func (f *Factors) Sealed(ctx context.Context) (Sealed, error) {
	counts, err := f.Table.Peppers(ctx)
	if err != nil {
		return Sealed{}, apperr.Down(err)
	}
	var s Sealed
	for mark, n := range counts {
		switch {
		case mark == f.marks[0]:
			s.Current += n
		case len(f.marks) > 1 && mark == f.marks[1]:
			s.Previous += n
		default:
			s.Unknown += n
		}
	}
	return s, nil
}

// Reseal seals every secret with the current pepper, once per start: while the pepper is being
// changed node by node, two nodes would otherwise undo each other's work. After a failure it
// retries until ctx ends.
func (f *Factors) Reseal(ctx context.Context) {
	for _, mark := range f.marks[1:] {
		for {
			err := f.resealAll(ctx, mark)
			if err == nil {
				break
			}
			if ctx.Err() == nil {
				logx.WithContext(ctx).Errorf("mfa: secrets remain sealed with the previous pepper: %v", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(resealRetry):
			}
		}
	}
}

// resealAll reseals the secrets of one pepper. A secret that is replaced concurrently keeps its new
// value.
func (f *Factors) resealAll(ctx context.Context, mark string) error {
	for after := int64(0); ; {
		rows, err := f.resealSome(ctx, mark, after)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].UserId
	}
}

func (f *Factors) resealSome(ctx context.Context, mark string, after int64) ([]*model.Mfa, error) {
	ctx, cancel := context.WithTimeout(ctx, resealTimeout)
	defer cancel()
	rows, err := f.Table.SealedUnder(ctx, mark, after, resealPage)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		secret, err := f.open(row)
		if err != nil {
			logx.WithContext(ctx).Errorf("mfa: the secret of user %d cannot be opened", row.UserId)
			continue
		}
		sealed, err := f.seal(row.UserId, secret)
		if err != nil {
			return nil, err
		}
		if _, err := f.Table.Reseal(ctx, row.UserId, row.Secret, sealed, f.marks[0]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (f *Factors) seal(userID int64, secret []byte) (string, error) {
	sealed, err := f.Ring.Seal(sealContext(userID), secret)
	return encoding.EncodeToString(sealed), err
}

// open opens the confirmed secret.
func (f *Factors) open(row *model.Mfa) ([]byte, error) {
	sealed, err := encoding.DecodeString(row.Secret)
	if err != nil {
		return nil, apperr.Down(errPepper)
	}
	secret, err := f.Ring.Open(sealContext(row.UserId), sealed)
	if err != nil {
		return nil, apperr.Down(errPepper)
	}
	return secret, nil
}

// sealPending seals a secret with its expiry.
func (f *Factors) sealPending(userID int64, secret []byte, end time.Time) (string, error) {
	plain := binary.BigEndian.AppendUint64(nil, uint64(end.UnixMilli()))
	sealed, err := f.Ring.Seal(pendingContext(userID), append(plain, secret...))
	return encoding.EncodeToString(sealed), err
}

// openPending opens the pending secret; ok is false if there is none or it has expired.
func (f *Factors) openPending(row *model.Mfa) (secret []byte, ok bool) {
	sealed, err := encoding.DecodeString(row.Pending)
	if err != nil {
		return nil, false
	}
	plain, err := f.Ring.Open(pendingContext(row.UserId), sealed)
	if err != nil || len(plain) <= 8 {
		return nil, false
	}
	end := time.UnixMilli(int64(binary.BigEndian.Uint64(plain)))
	return plain[8:], f.Now().Before(end)
}
