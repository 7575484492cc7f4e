package keys

import (
	"encoding/base64"
	"time"

	"user-api/internal/token"
	"user-api/model"
)

// encoding is that of the columns.
var encoding = base64.RawURLEncoding

// row is a row of the table, read as far as this node can.
type row struct {
	*model.TimedSigningKey
	// pair is nil for a key that does not sign any more, and where no pepper here opens it.
	pair *token.Key
	// old reports whether the pepper that opens it is not the current one.
	old bool
}

// age is for how long a key is active, and kept for how long one has been retired.
func (r row) age() time.Duration  { return milliseconds(r.Now - r.Activated) }
func (r row) kept() time.Duration { return milliseconds(r.Now - r.Retired) }

func (r row) due() bool { return r.Due <= r.Now }

// signs reports whether it does, or will.
func (r row) signs() bool { return r.State == model.ActiveKey || r.State == model.StandbyKey }

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// accepted reports whether tokens of a key are, by its state.
func (k *Keys) accepted(r row) bool {
	return r.signs() || r.State == model.PreviousKey && r.kept() <= token.Longest(k.Access)
}

// open reads a row. A key that cannot be opened, or is not the one its id says, signs
// nothing here; its tokens are verified all the same.
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
		k.log.Errorf("keys: %s is sealed under a pepper that is not configured here: this node does not sign with it", m.Id)
	}
	return r
}

// public reads the public half. What is not the key that its id says is none.
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

// seal is what the column of the private half holds.
func (k *Keys) seal(pair *token.Key) (string, error) {
	private, err := pair.Private()
	if err != nil {
		return "", err
	}
	sealed, err := k.Ring.Seal(sealContext(pair.ID), private)
	return encoding.EncodeToString(sealed), err
}

func sealContext(id string) string { return "signing key " + id }

// slot is what one key alone may be.
func (k *Keys) slot(state string) string { return state + " " + k.Alg + " " + k.mark }
