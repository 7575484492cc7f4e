// Package invite manages the codes with which people may sign up if sign-up requires one
// (Accounts.SignUp: invite). An invite works once, expires, and may be restricted to one address.
// The database stores only a digest of the code, or of the code and the address. The code has 120
// random bits, so it cannot be guessed, and the address cannot be found without the code.
package invite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/readable"
	"user-api/model"
)

const (
	codeBytes = 15
	// DefaultLife is the default lifetime of an invite.
	DefaultLife = 7 * 24 * time.Hour
	// MaxLife is the maximum lifetime of an invite.
	MaxLife = 90 * 24 * time.Hour
)

// ErrLife is returned for a lifetime out of range.
var ErrLife = errors.New("the lifetime of an invite must be from 60 seconds to 90 days")

type (
	// Options configure Invites.
	Options struct {
		Rows model.InviteModel
		Now  func() time.Time
		Rand io.Reader
	}

	// Invites creates and checks invites.
	Invites struct {
		Options
	}

	// Invite is a new invite. Its code is shown only once.
	Invite struct {
		Code    string
		Expires time.Time
	}
)

// New returns Invites.
func New(o Options) *Invites { return &Invites{Options: o} }

// Create creates an invite for an address; the zero address stands for anybody. A life of 0 means
// DefaultLife. It fails with ErrLife.
func (i *Invites) Create(ctx context.Context, to address.Address, life time.Duration) (Invite, error) {
	if life == 0 {
		life = DefaultLife
	}
	if life < time.Minute || life > MaxLife {
		return Invite{}, ErrLife
	}
	code, err := readable.New(i.Rand, codeBytes)
	if err != nil {
		return Invite{}, err
	}
	now := i.Now()
	expires := now.Add(life)
	row := &model.Invite{Id: key(code, to.Canonical()), Created: now.UnixMilli(), Expires: expires.UnixMilli()}
	if err := i.Rows.Add(ctx, row); err != nil {
		return Invite{}, apperr.Down(err)
	}
	return Invite{code, expires}, nil
}

// Known reports whether any of keys belongs to a valid invite.
func (i *Invites) Known(ctx context.Context, keys []string) (bool, error) {
	return apperr.ResultOrDown(i.Rows.Any(ctx, i.Now().UnixMilli(), keys...))
}

// Purge deletes expired invites and returns their number.
func (i *Invites) Purge(ctx context.Context) (purged int, err error) {
	for {
		n, err := i.Rows.Purge(ctx, i.Now().UnixMilli())
		purged += n
		if err != nil || n == 0 {
			return purged, err
		}
	}
}

// Keys returns the possible keys of an invite with a code that admits an address: an invite for
// anybody, or for the address in one of its spellings.
func Keys(code string, address address.Address) []string {
	keys := []string{key(code, "")}
	if address.IsZero() {
		return keys
	}
	for _, spelling := range address.Spellings() {
		keys = append(keys, key(code, spelling))
	}
	return keys
}

func key(code, address string) string {
	sum := sha256.Sum256([]byte("invite\x00" + readable.Plain(code) + "\x00" + address))
	return hex.EncodeToString(sum[:])
}
