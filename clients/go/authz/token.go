package authz

import (
	"context"
	"encoding/base64"
	"strings"
	"time"
)

const (
	// leeway is the tolerated difference between the clocks of the issuer and this service.
	leeway = 30 * time.Second
	// maxLife is longer than the lifetime of any access token.
	maxLife  = time.Hour
	maxToken = 4096

	typAccess = "at+jwt"
)

// segment rejects alternative spellings of the same bytes, which use spare bits of the last
// character.
var segment = base64.RawURLEncoding.Strict()

// token holds the claims of an access token whose signature has been verified.
type token struct {
	digest                     digest
	key                        *publicKey
	user                       bool // otherwise a machine
	principal                  Principal
	machine                    Machine
	issued, expires, notBefore int64
}

// check checks the times, for every request. A token must not live longer than the feed
// remembers the end of its session.
func (t *token) check(now time.Time, keep time.Duration) error {
	longest, ahead := maxLife, now.Add(leeway)
	if keep > 0 {
		longest = min(longest, keep)
	}
	switch {
	case t.expires-t.issued > int64(longest/time.Second):
		return invalid("lifetime longer than the issuer allows")
	case time.Unix(t.issued, 0).After(ahead):
		return invalid("issued in the future")
	case time.Unix(t.notBefore, 0).After(ahead):
		return invalid("not valid yet")
	case !now.Add(-leeway).Before(time.Unix(t.expires, 0)):
		return invalid("expired")
	}
	return nil
}

// parse verifies the signature of a token and parses its claims.
func (a *Auth) parse(ctx context.Context, raw string) (*token, error) {
	head, rest, _ := strings.Cut(raw, ".")
	payload, signature, found := strings.Cut(rest, ".")
	if !found || strings.Contains(signature, ".") {
		return nil, invalid("not three parts")
	}
	key, err := a.keyFor(ctx, head)
	if err != nil {
		return nil, err
	}
	// Signatures of both algorithms have 64 bytes.
	var sig [signatureSize]byte
	if !decode(sig[:], signature) {
		return nil, invalid("the signature is not 64 bytes of canonical base64url")
	}
	if !key.verify(raw[:len(head)+1+len(payload)], sig[:]) {
		return nil, invalid("signature")
	}
	data, err := decodePart(payload)
	if err != nil {
		return nil, invalid("the claims are not canonical base64url")
	}
	c, err := readClaims(data)
	if err != nil {
		return nil, err
	}
	t, err := c.token(a.issuer, a.audience, a.machineAudience)
	if err != nil {
		return nil, err
	}
	t.key = key
	return t, nil
}

// keyFor returns the key that a header names. The key determines the algorithm; the header
// must name the same one.
func (a *Auth) keyFor(ctx context.Context, head string) (*publicKey, error) {
	if key := a.keys.byHead(head); key != nil {
		return key, nil
	}
	data, err := decodePart(head)
	if err != nil {
		return nil, invalid("the header is not canonical base64url")
	}
	alg, kid, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	key, err := a.keys.find(ctx, kid)
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return nil, invalid("unknown key")
	case key.alg != alg:
		return nil, invalid("algorithm does not match the key")
	}
	return key, nil
}

// decode decodes a part of a token into a buffer and reports whether it fills it exactly.
func decode(buffer []byte, part string) bool {
	if segment.DecodedLen(len(part)) != len(buffer) {
		return false
	}
	n, err := segment.Decode(buffer, []byte(part))
	return err == nil && n == len(buffer)
}

// decodePart decodes a part of a token. The decoder alone would ignore line breaks.
func decodePart(part string) ([]byte, error) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, base64.CorruptInputError(0)
	}
	return segment.DecodeString(part)
}
