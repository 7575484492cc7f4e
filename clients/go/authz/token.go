package authz

import (
	"context"
	"encoding/base64"
	"strings"
	"time"
)

const (
	// leeway is how far the clocks of the issuer and of this service may be apart.
	leeway = 30 * time.Second
	// maxLife is longer than the issuer lets any access token live.
	maxLife  = time.Hour
	maxToken = 4096

	typAccess = "at+jwt"
)

// segment refuses a second spelling of the same bytes: bits that the last character of
// a part could carry for nothing.
var segment = base64.RawURLEncoding.Strict()

// token is what an access token says, its signature verified.
type token struct {
	digest                     digest
	key                        *publicKey
	user                       bool // or else a machine's
	principal                  Principal
	machine                    Machine
	issued, expires, notBefore int64
}

// check judges the times, at every request. A token must not live longer than the feed
// remembers its end.
func (t *token) check(now time.Time, keep time.Duration) error {
	longest, ahead := maxLife, now.Add(leeway)
	if keep > 0 {
		longest = min(longest, keep)
	}
	switch {
	case t.expires-t.issued > int64(longest/time.Second):
		return invalid("a longer life than any token of the issuer")
	case time.Unix(t.issued, 0).After(ahead):
		return invalid("issued in the future")
	case time.Unix(t.notBefore, 0).After(ahead):
		return invalid("not valid yet")
	case !now.Add(-leeway).Before(time.Unix(t.expires, 0)):
		return invalid("expired")
	}
	return nil
}

// parse verifies the signature of a token and reads its claims.
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
	// Both algorithms sign in 64 bytes.
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

// keyFor returns the key that a header names. The algorithm is the key's; that the
// header names the same is a condition and no choice.
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
		return nil, invalid("an unknown key")
	case key.alg != alg:
		return nil, invalid("not the algorithm of its key")
	}
	return key, nil
}

// decode fills a buffer from a part of a token, and reports whether that fits exactly.
func decode(buffer []byte, part string) bool {
	if segment.DecodedLen(len(part)) != len(buffer) {
		return false
	}
	n, err := segment.Decode(buffer, []byte(part))
	return err == nil && n == len(buffer)
}

// decodePart decodes a part of a token. The decoder would pass over line breaks.
func decodePart(part string) ([]byte, error) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, base64.CorruptInputError(0)
	}
	return segment.DecodeString(part)
}
