package token

import (
	"encoding/json"
	"strings"
	"time"
)

// parts are the three parts of a token, undecoded.
type parts struct{ head, payload, signature, signing string }

// split splits a token into its parts.
func split(raw string) (p parts, err error) {
	if len(raw) > maxLength {
		return p, invalid("too long")
	}
	var rest string
	var found bool
	p.head, rest, _ = strings.Cut(raw, ".")
	p.payload, p.signature, found = strings.Cut(rest, ".")
	if !found || strings.Contains(p.signature, ".") {
		return p, invalid("not three parts")
	}
	if _, err := segment.DecodeString(p.signature); err != nil {
		return p, invalid("signature is not canonical base64url")
	}
	p.signing = raw[:len(p.head)+1+len(p.payload)]
	return p, nil
}

// ParseAccess verifies an access token. It fails with ErrInvalid, or with another error if
// it cannot decide whether the key belongs to the service.
//
// The signature and the claims of a recently verified token are not read again; its expiry
// and its key are.
func (c *Codec) ParseAccess(raw string) (Access, error) {
	if seen, ok := c.cache.get(raw); ok {
		if seen.key != "" { // a secret has no id and is valid while the process runs
			if _, err := c.keys.Verifying(seen.key); err != nil {
				return Access{}, err
			}
		}
		if !c.now().Before(seen.access.ExpiresAt) {
			return Access{}, invalid("expired")
		}
		return seen.access, nil
	}
	access, key, err := c.parseAccess(raw)
	if err == nil {
		c.cache.put(raw, verified{access: access, key: key})
	}
	return access, err
}

// verifyAccess checks header and signature of an access token. It returns the id of the
// key, or "" for a secret.
func (c *Codec) verifyAccess(p parts) (key string, err error) {
	if p.head == headers[typAccess] {
		return "", verifySecret(p, c.access)
	}
	h, err := readHeader(p.head, typAccess)
	if err != nil {
		return "", err
	}
	// A secret never has an id and a key pair always has one, so a public key can never be
	// used as a secret, whatever the header says.
	if h.Alg == HS256 && h.ID == nil {
		return "", verifySecret(p, c.access)
	}
	if h.Alg == HS256 || h.ID == nil || c.keys == nil {
		return "", invalid("algorithm or key")
	}
	k, err := c.keys.Verifying(*h.ID)
	switch {
	case err != nil:
		return "", err
	case k.Alg != h.Alg:
		return "", invalid("algorithm does not match the key")
	case !k.verifies(p.signing, p.signature):
		return "", invalid("signature")
	}
	return k.ID, nil
}

// verifyRefresh checks header and signature of a refresh token. Only secrets sign these.
func (c *Codec) verifyRefresh(p parts) error {
	if p.head != headers[typRefresh] {
		h, err := readHeader(p.head, typRefresh)
		if err != nil {
			return err
		}
		if h.Alg != HS256 || h.ID != nil {
			return invalid("algorithm or key")
		}
	}
	return verifySecret(p, c.refresh)
}

// header holds the permitted parameters. An unknown one could change the meaning of the
// token (crit, b64, zip) or supply its own verification key (jwk, jku, x5c, x5u).
type header struct {
	Alg string  `json:"alg"`
	Typ string  `json:"typ"`
	ID  *string `json:"kid"`
}

func readHeader(head, typ string) (h header, err error) {
	data, err := segment.DecodeString(head)
	if err != nil {
		return h, invalid("header is not canonical base64url")
	}
	if err := onlyKeys(data, "alg", "typ", "kid"); err != nil {
		return h, err
	}
	if json.Unmarshal(data, &h) != nil || h.Typ != typ {
		return h, invalid("algorithm or type")
	}
	return h, nil
}

// signAccess signs an access token with the current key or the secret.
func (c *Codec) signAccess(claims any) (string, error) {
	if c.signing == HS256 {
		return sign(typAccess, c.access[0], claims)
	}
	key, err := c.keys.Signing()
	if err != nil {
		return "", err
	}
	payload, err := marshal(claims)
	if err != nil {
		return "", err
	}
	return key.sign(payload)
}

// KeyLife returns how long after its last signature a key may still be needed: the
// lifetime of a token plus the clock skew.
func KeyLife(life time.Duration) time.Duration { return life + 2*Leeway }
