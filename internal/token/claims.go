package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"user-api/internal/base64url"
)

// segment refuses a second spelling of the same bytes: bits that the last
// character of a part could carry for nothing.
var segment = base64url.Strict

// beginClient begins what a release before did not mint.
const beginClient = `,"client_id":"`

// wordChars are those of a number, a base64url and a role.
var wordChars = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		set[c] = true
	}
	return set
}()

// headers holds the one header each kind of token is minted with.
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
		NotBefore int64    `json:"nbf,omitempty"` // never minted, and honoured where it is there
		ID        string   `json:"jti"`
		SessionID string   `json:"sid"`
	}

	// accessClaims are those of RFC 9068. What follows the role is missing from the tokens
	// of a release before, which are good until they expire.
	accessClaims struct {
		common
		UserID   int64    `json:"userId"`
		Role     string   `json:"role"`
		ClientID string   `json:"client_id,omitempty"`
		AuthTime int64    `json:"auth_time,omitempty"`
		AMR      []string `json:"amr,omitempty"`
		Scope    string   `json:"scope,omitempty"`
	}

	refreshClaims struct {
		common
		Generation *int64 `json:"gen"`
	}

	// audience is written as a string and read as a string or a list of one,
	// the two forms of RFC 7519 section 4.1.3.
	audience string
)

// UnmarshalJSON reads either form.
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

// seconds is a time in a claim, 0 for the zero time.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// instant is seconds read back.
func instant(claim int64) time.Time {
	if claim == 0 {
		return time.Time{}
	}
	return time.Unix(claim, 0)
}

// cursor reads claims in the very bytes that minting writes them in.
type cursor struct {
	rest string
	off  bool // something else was there
}

// literal passes over text.
func (c *cursor) literal(text string) {
	rest, ok := strings.CutPrefix(c.rest, text)
	c.rest, c.off = rest, c.off || !ok
}

// number reads a number above 0.
func (c *cursor) number() (n int64) {
	i := 0
	for ; i < len(c.rest) && i < 18 && '0' <= c.rest[i] && c.rest[i] <= '9'; i++ {
		n = 10*n + int64(c.rest[i]-'0')
	}
	c.off = c.off || i == 0 || c.rest[0] == '0'
	c.rest = c.rest[i:]
	return n
}

// word reads letters, digits, - and _, of which no spelling in JSON is another's.
func (c *cursor) word() string {
	i := 0
	for i < len(c.rest) && wordChars[c.rest[i]] {
		i++
	}
	word := c.rest[:i]
	c.rest = c.rest[i:]
	return word
}

// pass passes over a claim that may be there: one that begins so, and is a plain text, a
// whole number, true or false.
func (c *cursor) pass(begin string) {
	value, ok := strings.CutPrefix(c.rest, begin)
	if !ok {
		return
	}
	for _, word := range []string{"true", "false"} {
		if rest, ok := strings.CutPrefix(value, word); ok {
			c.rest = rest
			return
		}
	}
	if rest, ok := strings.CutPrefix(value, `"`); ok {
		end := strings.IndexByte(rest, '"')
		c.off = c.off || end < 0 || strings.ContainsFunc(rest[:end], func(r rune) bool { return r == '\\' || r < ' ' })
		c.rest = rest[max(end, 0):]
		c.literal(`"`)
		return
	}
	if c.rest = value; !strings.HasPrefix(value, "0") {
		c.number()
		return
	}
	c.literal("0")
}

// words reads a list of words that may be there, one at least: it begins so.
func (c *cursor) words(begin string) []string {
	rest, ok := strings.CutPrefix(c.rest, begin)
	if !ok {
		return nil
	}
	c.rest = rest
	list := append(make([]string, 0, 4), c.word())
	for strings.HasPrefix(c.rest, `","`) {
		c.literal(`","`)
		list = append(list, c.word())
	}
	c.literal(`"]`)
	return list
}

// quick reads access claims as minted by this codec, but for those with a scope. It is for speed alone: what
// it leaves, for whatever reason, is read as the JSON it is.
func (c *Codec) quick(data []byte, claims *accessClaims) bool {
	in := cursor{rest: string(data)}
	in.literal(c.begin)
	claims.Issuer, claims.Audience, claims.Subject = c.issuer, audience(c.audience), in.word()
	in.literal(`","iat":`)
	claims.IssuedAt = in.number()
	in.literal(`,"exp":`)
	claims.Expires = in.number()
	in.literal(`,"jti":"`)
	claims.ID = in.word()
	in.literal(`","sid":"`)
	claims.SessionID = in.word()
	in.literal(`","userId":`)
	claims.UserID = in.number()
	in.literal(`,"role":"`)
	claims.Role = in.word()
	in.literal(`"`)
	if strings.HasPrefix(in.rest, beginClient) {
		in.literal(beginClient)
		claims.ClientID = in.word()
		in.literal(`","auth_time":`)
		claims.AuthTime = in.number()
		claims.AMR = in.words(`,"amr":["`)
	}
	for _, begin := range c.further {
		in.pass(begin)
	}
	in.literal(`}`)
	return !in.off && in.rest == ""
}

// beginning is how minted claims begin, up to the subject.
func beginning(issuer, aud string) (string, error) {
	text, err := json.Marshal(common{Issuer: issuer, Audience: audience(aud)})
	begin, _, _ := strings.Cut(string(text), `"sub":"`)
	return begin + `"sub":"`, err
}

// decodeClaims reads one JSON object without duplicate keys, or keys that
// encoding/json would take for another by their case. What encodes to the very
// same bytes again, as all our own tokens do, has neither; only the rest is
// looked through key by key.
func decodeClaims(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return invalid("claims")
	}
	if again, err := json.Marshal(v); err == nil && bytes.Equal(again, data) {
		return nil
	}
	return onlyKeys(data)
}

// onlyKeys fails unless data is one JSON object whose keys occur once, also when
// their case is ignored, and, where any are given, are among allowed.
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
