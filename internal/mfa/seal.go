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
	// resealPage is how many secrets are read at once, resealTime what a page may take.
	resealPage = 500
	resealTime = 30 * time.Second
	// resealAgain is when Reseal tries again what has failed.
	resealAgain = time.Minute
)

// encoding is that of the columns.
var encoding = base64.RawURLEncoding

// errPepper is behind apperr.Unavailable where the pepper of a secret is not configured.
var errPepper = errors.New("mfa: a secret is sealed under a pepper that is not configured here")

// Sealed tells under which peppers the secrets are.
type Sealed struct {
	// Current and Previous are under those of this configuration, Unknown under another.
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

// Reseal puts every secret under the current pepper, once for a start: while a pepper is
// changed on one node after the other, two nodes would undo each other's work. Where the
// database does not let it, it tries again until ctx ends.
func (f *Factors) Reseal(ctx context.Context) {
	for _, mark := range f.marks[1:] {
		for {
			err := f.resealAll(ctx, mark)
			if err == nil {
				break
			}
			if ctx.Err() == nil {
				logx.WithContext(ctx).Errorf("mfa: secrets stay under the previous pepper for now: %v", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(resealAgain):
			}
		}
	}
}

// resealAll puts the secrets under one pepper under the current one. A secret that is
// replaced beside it stays as it is then.
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
	ctx, cancel := context.WithTimeout(ctx, resealTime)
	defer cancel()
	rows, err := f.Table.SealedUnder(ctx, mark, after, resealPage)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		secret, err := f.open(row)
		if err != nil {
			logx.WithContext(ctx).Errorf("mfa: the secret of user %d does not open", row.UserId)
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

// open is the confirmed secret.
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

// sealPending seals a secret with the time at which it stops waiting.
func (f *Factors) sealPending(userID int64, secret []byte, end time.Time) (string, error) {
	plain := binary.BigEndian.AppendUint64(nil, uint64(end.UnixMilli()))
	sealed, err := f.Ring.Seal(pendingContext(userID), append(plain, secret...))
	return encoding.EncodeToString(sealed), err
}

// openPending is the secret that waits; ok is false where none does any more.
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
