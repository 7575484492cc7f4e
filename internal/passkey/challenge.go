package passkey

import (
	"encoding/json"
	"fmt"
	"time"
)

const (
	// Life is the lifetime of a challenge.
	Life = 5 * time.Minute
	// maxChallenge bounds the size of a challenge.
	maxChallenge = 1024
)

// Purposes of a challenge.
const (
	toRegister purpose = "register"
	toSignIn   purpose = "sign in"
	toSecond   purpose = "second factor"
)

type (
	purpose string

	// challenge is the content of a challenge. It is sealed with the keyring for its purpose and
	// domain, so challenges of other deployments do not open. The seal's nonce makes it
	// unguessable.
	challenge struct {
		// User is the user who requested it, 0 if unknown, and Epoch the user's epoch.
		User  int64 `json:"u,omitempty"`
		Epoch int64 `json:"e,omitempty"`
		// Handle is the user handle of the new passkey.
		Handle string `json:"h,omitempty"`
		// For is the digest of the user's first proof.
		For     string `json:"f,omitempty"`
		Expires int64  `json:"x"` // Unix milliseconds
	}
)

func (p *Passkeys) seal(to purpose, c challenge) ([]byte, error) {
	c.Expires = p.Now().Add(Life).UnixMilli()
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("passkey: challenge: %w", err)
	}
	sealed, err := p.Ring.Seal(p.context(to), plain)
	if err != nil {
		return nil, fmt.Errorf("passkey: challenge: %w", err)
	}
	return sealed, nil
}

// open opens a challenge; ok is false if it has expired or was not made by seal.
func (p *Passkeys) open(to purpose, text string) (c challenge, ok bool) {
	if !p.Ring.OpenText(p.context(to), text, maxChallenge, &c) || p.Now().UnixMilli() >= c.Expires {
		return challenge{}, false
	}
	return c, true
}

func (p *Passkeys) context(to purpose) string { return "passkey " + string(to) + " " + p.RPID }
