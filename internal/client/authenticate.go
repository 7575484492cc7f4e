package client

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

const (
	// usedInterval is the precision of the last use of a client.
	usedInterval = time.Hour
	// noteTimeoutout limits recording the last use, whose failure is ignored.
	noteTimeout = 250 * time.Millisecond
)

// errUnknown is the cause of every refusal of a client.
var errUnknown = errors.New("client: unknown, disabled, or not proven")

// lastNoted records when the last use was last written, by client.
type lastNoted struct {
	mu sync.Mutex
	at map[string]time.Time
}

// ByBasic authenticates a client by the Authorization header of HTTP Basic. It fails with
// apperr.Unauthorized, alike for an unknown client and a wrong secret, with RateLimited, or
// with Unavailable if the database is unavailable.
func (c *Clients) ByBasic(ctx context.Context, header string) (reqctx.Machine, error) {
	id, secret, _ := ParseBasic(header)
	one, err := c.authenticate(ctx, id, secret)
	return machine(one, one.Scopes), err
}

// ByToken authenticates a client by its access token; known is false for any other token.
// The scopes are those of the token that the client still has. It fails as ByBasic does,
// and if the token cannot be verified.
func (c *Clients) ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error) {
	claims, known, err := c.parse(raw)
	if err != nil || !known {
		return reqctx.Machine{}, known, err
	}
	one, err := c.admit(ctx, claims.ClientID, func(one Client) bool { return one.issued(claims) })
	return machine(one, intersection(strings.Fields(claims.Scope), one.Scopes)), true, err
}

// Holds validates an access token of a client that was presented to another service, and
// returns its scopes that the client still has. This does not count as a use of the client.
// It fails with apperr.Unavailable.
func (c *Clients) Holds(ctx context.Context, raw string) (scopes []string, holds bool, err error) {
	claims, known, err := c.parse(raw)
	if err != nil || !known {
		return nil, false, err
	}
	issued := func(one Client) bool { return one.issued(claims) }
	one, holds, err := c.find(ctx, claims.ClientID, maxAge, maxStale, issued)
	if err == nil && !holds {
		one, holds, err = c.find(ctx, claims.ClientID, recent, recent, issued)
	}
	if err != nil || !holds {
		return nil, false, err
	}
	return intersection(strings.Fields(claims.Scope), one.Scopes), true, nil
}

// parse parses the access token of a client; known is false if it is certainly not one.
func (c *Clients) parse(raw string) (claims token.Client, known bool, err error) {
	claims, err = c.Codec.ParseClient(raw)
	if errors.Is(err, token.ErrInvalid) {
		return token.Client{}, false, nil
	}
	return claims, true, err
}

// authenticate returns the client with the secret.
func (c *Clients) authenticate(ctx context.Context, id, secret string) (Client, error) {
	// Hash once, for any client, so that the time is constant.
	given, now := digest(secret), c.Now()
	return c.admit(ctx, id, func(one Client) bool { return one.proves(given, now) })
}

// admit returns the client if valid accepts it, and charges the request to it; otherwise it
// charges the refusal to the caller. Earlier failures never block valid credentials.
func (c *Clients) admit(ctx context.Context, id string, valid func(Client) bool) (Client, error) {
	one, ok, err := c.find(ctx, id, maxAge, maxStale, valid)
	if err == nil && !ok {
		if err := c.Guard.RecallMachine(id, reqctx.ClientFrom(ctx).IP); err != nil {
			return Client{}, err
		}
		one, ok, err = c.find(ctx, id, recent, recent, valid)
	}
	switch {
	case err != nil:
		return Client{}, err
	case !ok:
		return Client{}, c.refuse(ctx, id, one.Name)
	}
	if one.Kind == Public {
		c.note(ctx, one)
		return one, nil // anyone can claim its ID, so strangers could use up a limit
	}
	// Without Redis there is no limit: the client is known.
	if err := c.Guard.SpendMachine(ctx, one.ID, one.Limit); apperr.Is(err, apperr.RateLimited) {
		return Client{}, err
	}
	c.note(ctx, one)
	return one, nil
}

// refuse charges a refusal and returns its error. The name of the client may be unknown.
func (c *Clients) refuse(ctx context.Context, id, name string) error {
	if err := c.Guard.RefuseMachine(ctx, id, reqctx.ClientFrom(ctx).IP); apperr.Is(err, apperr.RateLimited) {
		return err
	}
	c.record(ctx, event.ClientRefused, name)
	return apperr.New(apperr.Unauthorized).WithDetail("The client is unknown, or its secret or token is wrong.").Wrap(errUnknown)
}

// find looks up a client in rows of at most the given age, see cache.read, and reports
// whether it is valid.
func (c *Clients) find(ctx context.Context, id string, age, stale time.Duration, valid func(Client) bool) (Client, bool, error) {
	rows, err := c.cache.read(ctx, age, stale)
	if err != nil {
		return Client{}, false, err
	}
	one := rows.byID[id] // an unknown client is compared too, for constant time
	ok := valid(one)
	return one, ok && one.ID != "" && one.Disabled.IsZero(), nil
}

// proves compares the digest of a secret with both valid ones, in constant time.
func (c Client) proves(given string, now time.Time) bool {
	current := equal(given, c.hash)
	previous := equal(given, c.prevHash)
	return current || previous && now.Before(c.Overlap)
}

// issued reports whether an access token was issued after the time from which tokens are
// valid.
func (c Client) issued(claims token.Client) bool { return claims.IssuedAt.Unix() >= c.validFrom }

func equal(given, stored string) bool {
	// Constant time also for a client without a hash.
	want := stored
	if want == "" {
		want = digest("")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1 && stored != ""
}

// note records the last use of a client.
func (c *Clients) note(ctx context.Context, one Client) {
	now := c.Now()
	if now.Sub(one.Used) < usedInterval || !c.noted.first(one.ID, now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	if err := c.Rows.RecordUse(ctx, one.ID, now.UnixMilli()); err != nil {
		logx.WithContext(ctx).Infof("client: last use: %v", err)
	}
}

// first reports whether the use should be recorded.
func (n *lastNoted) first(id string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, tried := n.at[id]; tried && now.Sub(last) < usedInterval {
		return false
	}
	n.at[id] = now
	return true
}

func machine(one Client, scopes []string) reqctx.Machine {
	return reqctx.Machine{ID: one.ID, Name: one.Name, Scopes: scopes}
}

// ParseBasic parses the Authorization header of HTTP Basic as in OAuth (RFC 6749 section
// 2.3.1): ID and secret are form-encoded before they are joined.
func ParseBasic(header string) (id, secret string, ok bool) {
	scheme, text, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", "", false
	}
	user, pass, ok := strings.Cut(string(raw), ":")
	id, noID := url.QueryUnescape(user)
	secret, noSecret := url.QueryUnescape(pass)
	if !ok || noID != nil || noSecret != nil {
		return "", "", false
	}
	return id, secret, true
}
