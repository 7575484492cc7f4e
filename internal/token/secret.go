package token

import (
	"encoding/json"
	"fmt"

	"github.com/golang-jwt/jwt/v4"
)

// setSigning configures what signs and verifies access tokens.
func (c *Codec) setSigning(o Options) (err error) {
	c.keys, c.signing, c.issuers = o.Keys, o.Signing, []string{o.Issuer}
	if o.PrevIssuer != "" {
		c.issuers = append(c.issuers, o.PrevIssuer)
	}
	if c.signing == "" {
		c.signing = HS256
	}
	switch {
	case c.signing != HS256 && (c.signing != ES256 && c.signing != EdDSA || c.keys == nil):
		return fmt.Errorf("token: no keys for algorithm %q", c.signing)
	case c.signing == HS256 || o.AccessSecret != "":
		c.access, err = secrets("access", o.AccessSecret, o.PrevAccessSecret)
	}
	return err
}

func secrets(name, current, previous string) ([][]byte, error) {
	if len(current) < MinSecret {
		return nil, fmt.Errorf("token: the %s secret has %d bytes, want at least %d", name, len(current), MinSecret)
	}
	keys := [][]byte{[]byte(current)}
	if previous != "" {
		keys = append(keys, []byte(previous))
	}
	return keys, nil
}

func sign(typ string, key []byte, claims any) (string, error) {
	payload, err := marshal(claims)
	if err != nil {
		return "", err
	}
	signing := headers[typ] + "." + payload
	signature, err := jwt.SigningMethodHS256.Sign(signing, key)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return signing + "." + signature, nil
}

// marshal encodes the payload of a token.
func marshal(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return segment.EncodeToString(payload), nil
}

func verifySecret(p parts, secrets [][]byte) error {
	for _, secret := range secrets {
		if jwt.SigningMethodHS256.Verify(p.signing, p.signature, secret) == nil {
			return nil
		}
	}
	return invalid("signature")
}
