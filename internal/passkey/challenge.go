package passkey

import (
	"encoding/json"
	"fmt"
	"time"

	"user-api/internal/base64url"
)

const (
	// Life is for how long a challenge can be answered.
	Life = 5 * time.Minute
	// maxChallenge bounds what is opened.
	maxChallenge = 1024
)

// What a challenge is for. One does not serve for another.
const (
	toRegister purpose = "register"
	toSignIn   purpose = "sign in"
	toSecond   purpose = "second factor"
)

// encoding is how bytes stand in texts.
var encoding = base64url.Strict

type (
	purpose string

	// challenge is what a challenge says. It is sealed under the keyring for its purpose
	// and domain, so one of another deployment does not open, and by the nonce of the seal
	// it is as random as any.
	challenge struct {
		// User is who asked, 0 for somebody who is not known yet; Epoch was the user's.
		User  int64 `json:"u,omitempty"`
		Epoch int64 `json:"e,omitempty"`
		// Handle is what a new passkey will know the user by.
		Handle string `json:"h,omitempty"`
		// For is the digest of what the user has proven first.
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

// open reads a challenge that lives; ok is false for what seal has not made.
func (p *Passkeys) open(to purpose, text string) (c challenge, ok bool) {
	if !p.Ring.OpenText(p.context(to), text, maxChallenge, &c) || p.Now().UnixMilli() >= c.Expires {
		return challenge{}, false
	}
	return c, true
}

func (p *Passkeys) context(to purpose) string { return "passkey " + string(to) + " " + p.RPID }
