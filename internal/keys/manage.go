package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/token"
	"user-api/model"
)

// LeadNow is how long a key is published before it signs in an immediate rotation: long
// enough for every node to learn of it.
const LeadNow = 10 * time.Second

// Errors of the operator's commands.
var (
	ErrNoKey     = errors.New("there is no such key")
	ErrRevoked   = errors.New("the key is revoked already")
	ErrStandby   = errors.New("there is a standby key already")
	ErrNoSigning = errors.New("Auth.Signing is HS256, so no key signs: name the algorithm of the key")
)

// Key describes a key to an operator.
type Key struct {
	ID, Alg, State string
	// Due is when a standby key starts to sign.
	Created, Due, Activated, Retired time.Time
	// Age is how long an active key has been signing.
	Age time.Duration
	// Sealed reports whether this configuration can open the private half, and Old whether
	// only the other pepper can.
	Sealed, Old bool
	// Signs reports whether this configuration signs with the key.
	Signs bool
}

// List returns all keys, oldest first, freshly read from the database.
func (k *Keys) List(ctx context.Context) ([]Key, error) {
	if err := k.Read(ctx); err != nil {
		return nil, apperr.Down(err)
	}
	known := k.known.Load()
	list := make([]Key, 0, len(known.rows))
	for _, r := range known.rows {
		one := Key{
			ID: r.Id, Alg: r.Alg, State: r.State, Created: at(r.Created), Due: at(r.Due), Activated: at(r.Activated), Retired: at(r.Retired),
			Sealed: r.pair != nil, Old: r.old, Signs: known.signer != nil && known.signer.ID == r.Id,
		}
		if r.State == model.ActiveKey {
			one.Age = r.age()
		}
		list = append(list, one)
	}
	return list, nil
}

// Rotate publishes a new key. The first node that finds it due, after Lead or, if now is
// set, after LeadNow, activates it. If there is already a standby key, Rotate activates it
// if now is set and otherwise fails with ErrStandby. Under HS256 it fails with ErrNoSigning.
func (k *Keys) Rotate(ctx context.Context, now bool) (Key, error) {
	if k.Alg == token.HS256 {
		return Key{}, ErrNoSigning
	}
	lead := k.Lead
	if now {
		lead = LeadNow
	}
	pair, added, err := k.add(ctx, model.StandbyKey, lead)
	switch {
	case err != nil:
		return Key{}, apperr.Down(err)
	case added:
		return k.byID(ctx, pair.ID)
	case now:
		return k.activateStandby(ctx)
	}
	return Key{}, ErrStandby
}

// activateStandby activates a standby key that nodes already know.
func (k *Keys) activateStandby(ctx context.Context) (Key, error) {
	if err := k.Read(ctx); err != nil {
		return Key{}, apperr.Down(err)
	}
	rows := k.known.Load().rows
	for _, r := range rows {
		if r.State != model.StandbyKey || r.Alg != k.Alg || r.pair == nil {
			continue
		}
		if milliseconds(r.Now-r.Created) < LeadNow {
			return Key{}, ErrStandby
		}
		if _, err := k.activate(ctx, rows, r.Id, true); err != nil {
			return Key{}, apperr.Down(err)
		}
		return k.byID(ctx, r.Id)
	}
	return Key{}, ErrStandby
}

// Revoke revokes a key: its tokens are rejected on every node within 5 s. If the key signs,
// the standby key or a new one replaces it immediately. It fails with ErrNoKey or ErrRevoked.
func (k *Keys) Revoke(ctx context.Context, id string) (Key, error) {
	one, err := k.byID(ctx, id)
	if err != nil {
		return Key{}, err
	}
	revoked, err := k.Table.Revoke(ctx, id)
	switch {
	case err != nil:
		return Key{}, apperr.Down(err)
	case !revoked:
		return Key{}, fmt.Errorf("%s: %w", one.ID, ErrRevoked)
	}
	k.record(ctx, event.KeyRevoked, id)
	if err := k.Pass(ctx); err != nil {
		return Key{}, apperr.Down(err)
	}
	return k.byID(ctx, id)
}

func (k *Keys) byID(ctx context.Context, id string) (Key, error) {
	list, err := k.List(ctx)
	if err != nil {
		return Key{}, err
	}
	for _, one := range list {
		if one.ID == id {
			return one, nil
		}
	}
	return Key{}, ErrNoKey
}

// at converts Unix milliseconds; 0 becomes the zero time.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
