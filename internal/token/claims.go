package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"user-api/internal/base64url"
)

// segment rejects alternative spellings of the same bytes, which use spare bits of the last
// character of a part.
var segment = base64url.Strict

// headers holds the header with which each kind of token is minted.
var headers = map[string]string{
	typAccess:  segment.EncodeToString([]byte(`{"alg":"HS256","typ":"` + typAccess + `"}`)),
	typRefresh: segment.EncodeToString([]byte(`{"alg":"HS256","typ":"` + typRefresh + `"}`)),
}

type (
	common struct {
		Issuer    string   `json:"iss"`
		Audience  audience `json:"aud"`
		Subject   string   `json:"sub"`
		IssuedAt  int64    `json:"iat"`
		Expires   int64    `json:"exp"`
		NotBefore int64    `json:"nbf,omitempty"` // never minted, but enforced if present
		ID        string   `json:"jti"`
	}

	// accessClaims are the claims of RFC 9068. Tokens of an earlier release lack those after
	// the role and are valid until they expire.
	accessClaims struct {
		common
		SessionID string   `json:"sid"`
		UserID    int64    `json:"userId"`
		Role      string   `json:"role"`
		ClientID  string   `json:"client_id,omitempty"`
		AuthTime  int64    `json:"auth_time,omitempty"`
		AMR       []string `json:"amr,omitempty"`
		Scope     string   `json:"scope,omitempty"`
	}

	refreshClaims struct {
		common
		SessionID  string `json:"sid"`
		Generation *int64 `json:"gen"`
	}

	clientClaims struct {
		common
		ClientID string `json:"client_id"`
		Scope    string `json:"scope"`
	}

	// audience is encoded as a string and decoded from a string or a list of one string, the
	// two forms of RFC 7519 section 4.1.3.
	audience string
)

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		var list []string
		if err := json.Unmarshal(data, &list); err != nil {
			return err
		}
		if len(list) != 1 {
			return fmt.Errorf("aud has %d values", len(list))
		}
		*a = audience(list[0])
		return nil
	}
	return json.Unmarshal(data, (*string)(a))
}

// seconds returns a time as a claim; the zero time becomes 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// instant is the inverse of seconds.
func instant(claim int64) time.Time {
	if claim == 0 {
		return time.Time{}
	}
	return time.Unix(claim, 0)
}

// decode decodes the payload of a token whose signature has been verified: one JSON object
// without duplicate keys, without keys that encoding/json would mistake for others because it
// ignores case and, if any are given, with allowed keys only. If encoding the result gives the
// same bytes, as for all tokens minted here, all that is true; otherwise the keys are checked
// one by one.
func decode(payload string, claims any, allowed ...string) error {
	data, err := segment.DecodeString(payload)
	if err != nil {
		return invalid("claims are not canonical base64url")
	}
	if err := json.Unmarshal(data, claims); err != nil {
		return invalid("claims")
	}
	if again, err := json.Marshal(claims); err == nil && bytes.Equal(again, data) {
		return nil
	}
	return onlyKeys(data, allowed...)
}

// onlyKeys fails unless data is one JSON object in which no key occurs twice, even in different
// case, and all keys are among allowed if any are given.
func onlyKeys(data []byte, allowed ...string) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return invalid("not a JSON object")
	}
	var seen [24]string
	count := 0
	for dec.More() {
		tok, err := dec.Token()
		key, ok := tok.(string)
		if err != nil || !ok || count == len(seen) {
			return invalid("not a plain JSON object")
		}
		for _, other := range seen[:count] {
			if len(other) == len(key) && bytes.EqualFold([]byte(other), []byte(key)) {
				return invalid("a key occurs twice")
			}
		}
		if len(allowed) > 0 && !slices.Contains(allowed, key) {
			return invalid("an unknown header parameter")
		}
		seen[count] = key
		count++
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return invalid("not JSON")
		}
	}
	if _, err := dec.Token(); err != nil || dec.InputOffset() != int64(len(data)) {
		return invalid("not one JSON object")
	}
	return nil
}
