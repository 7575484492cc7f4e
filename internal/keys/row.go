package keys

import (
	"encoding/base64"
	"time"

	"user-api/internal/token"
	"user-api/model"
)

// encoding is the encoding of the key columns.
var encoding = base64.RawURLEncoding

// row is a row of the table, with its private half if this node can open it.
type row struct {
	*model.TimedSigningKey
	// pair is nil if the key no longer signs or no configured pepper opens it.
	pair *token.Key
	// old reports whether the previous pepper opened it.
	old bool
}

// age is how long an active key has been signing.
func (r row) age() time.Duration { return milliseconds(r.Now - r.Activated) }

func (r row) sinceRetired() time.Duration { return milliseconds(r.Now - r.Retired) }

func (r row) due() bool { return r.Due <= r.Now }

// signs reports whether the key signs or is going to.
func (r row) signs() bool { return r.State == model.ActiveKey || r.State == model.StandbyKey }

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// accepted reports whether the state of a key allows its tokens.
func (k *Keys) accepted(r row) bool {
	return r.signs() || r.State == model.PreviousKey && r.sinceRetired() <= token.KeyLife(k.Access)
}

// open reads a row. A key that cannot be opened, or does not match its id, does not sign
// here, but its tokens are still verified.
func (k *Keys) open(m *model.TimedSigningKey) row {
	r := row{TimedSigningKey: m}
	if !r.signs() {
		return r
	}
	sealed, err := encoding.DecodeString(m.PrivateKey)
	if err == nil {
		var by int
		var private []byte
		if private, by, err = k.Ring.OpenBy(sealContext(m.Id), sealed); err == nil {
			r.old = by > 0
			r.pair, err = token.PrivateKey(m.Alg, private)
		}
	}
	if err != nil || r.pair.ID != m.Id {
		r.pair = nil
		k.log.Errorf("keys: %s is sealed under a pepper that is not configured here; this node does not sign with it", m.Id)
	}
	return r
}

// public parses the public half. It returns nil if the key does not match its id.
func public(m *model.TimedSigningKey) *token.Key {
	raw, err := encoding.DecodeString(m.PublicKey)
	if err != nil {
		return nil
	}
	key, err := token.PublicKey(m.Alg, raw)
	if err != nil || key.ID != m.Id {
		return nil
	}
	return key
}

// seal returns the value of the private key column.
func (k *Keys) seal(pair *token.Key) (string, error) {
	private, err := pair.Private()
	if err != nil {
		return "", err
	}
	sealed, err := k.Ring.Seal(sealContext(pair.ID), private)
	return encoding.EncodeToString(sealed), err
}

func sealContext(id string) string { return "signing key " + id }

// slot names a position that only one key may hold, see model.SigningKeyModel.
func (k *Keys) slot(state string) string { return state + " " + k.Alg + " " + k.mark }
