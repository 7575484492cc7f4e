// Package invite keeps the codes by which people may sign up where not everybody may
// (Accounts.SignUp: invite). An invite is used once, ends by itself, and may be for one
// address. Of it the database holds one digest: of the code, or of the code and the
// address it is for. The code has 120 random bits, so nobody finds it by trying, and the
// address is found by nobody who has not the code.
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
	// DefaultLife is how long an invite may be used unless told otherwise.
	DefaultLife = 7 * 24 * time.Hour
	// MaxLife is the longest life of an invite.
	MaxLife = 90 * 24 * time.Hour
)

// ErrLife is returned for a life that no invite may have.
var ErrLife = errors.New("an invite lasts from 60 seconds to 90 days")

type (
	// Options configure Invites.
	Options struct {
		Rows model.InviteModel
		Now  func() time.Time
		Rand io.Reader
	}

	// Invites makes and knows them.
	Invites struct {
		Options
	}

	// Invite is one that was just made. The code is told this once.
	Invite struct {
		Code    string
		Expires time.Time
	}
)

// New returns Invites.
func New(o Options) *Invites { return &Invites{Options: o} }

// Create makes an invite for an address, the zero one being whoever has the code. A life
// of 0 is DefaultLife. Fails with ErrLife.
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

// Known reports whether one of some keys is that of an invite now.
func (i *Invites) Known(ctx context.Context, keys []string) (bool, error) {
	return apperr.ResultOrDown(i.Rows.Any(ctx, i.Now().UnixMilli(), keys...))
}

// Purge deletes invites that have ended, and says how many.
func (i *Invites) Purge(ctx context.Context) (purged int, err error) {
	for {
		n, err := i.Rows.Purge(ctx, i.Now().UnixMilli())
		purged += n
		if err != nil || n == 0 {
			return purged, err
		}
	}
}

// Keys are the rows that an invite with a code may have that lets an address in: it is
// for whoever has it, or for the address in one of its spellings.
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
