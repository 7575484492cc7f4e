package token

import (
	"encoding/json"
	"strings"
	"time"
)

// parts are a token's, as it came.
type parts struct{ head, payload, signature, signing string }

// split takes a token apart.
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

// ParseAccess verifies an access token. It fails with ErrInvalid, and otherwise where it
// cannot be told whether its key is one of the service.
//
// The signature of a token that was seen lately is not verified again, and its claims are
// not read again; its time and its key are.
func (c *Codec) ParseAccess(raw string) (Access, error) {
	if seen, ok := c.seen.get(raw); ok {
		if seen.key != "" { // a secret has no id, and holds while the process runs
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
		c.seen.put(raw, verified{access: access, key: key})
	}
	return access, err
}

// verifyAccess judges header and signature of an access token and returns the id of its
// key, "" for a secret.
func (c *Codec) verifyAccess(p parts) (key string, err error) {
	if p.head == headers[typAccess] {
		return "", verifySecret(p, c.access)
	}
	h, err := readHeader(p.head, typAccess)
	if err != nil {
		return "", err
	}
	// A secret has no id, and a key pair always: so no public key is ever taken for a
	// secret, whatever the header says.
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
		return "", invalid("the algorithm is not that of the key")
	case !k.verifies(p.signing, p.signature):
		return "", invalid("signature")
	}
	return k.ID, nil
}

// verifyRefresh is about a refresh token, which a secret alone signs.
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

// header is what one may say: an unknown parameter may change what the token means (crit,
// b64, zip), or say by itself how it is to be verified (jwk, jku, x5c, x5u).
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

// signAccess signs an access token by the key of now, or by the secret.
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

// issued reports whether an issuer is the service, under this name or the other one.
func (c *Codec) issued(issuer string) bool {
	for _, ours := range c.issuers {
		if issuer == ours {
			return true
		}
	}
	return false
}

// Longest is how long after its last signature a key may still be needed: the life of a
// token and what clocks may be apart.
func Longest(life time.Duration) time.Duration { return life + 2*Leeway }
