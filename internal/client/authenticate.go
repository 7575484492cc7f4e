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
	// usedEvery is how exactly it is known when a client was last used.
	usedEvery = time.Hour
	// noteTime bounds the note of it, for which nothing is refused.
	noteTime = 250 * time.Millisecond
)

// errUnknown is behind every refusal of a client, whatever the reason.
var errUnknown = errors.New("client: unknown, disabled, or not proven")

// noted is when it was last tried to note that a client is used.
type noted struct {
	mu sync.Mutex
	at map[string]time.Time
}

// ByBasic authenticates a client by the Authorization header of HTTP Basic. Fails with
// apperr.Unauthorized, alike for an unknown client and a wrong secret, with RateLimited,
// or with Unavailable where the database cannot tell.
func (c *Clients) ByBasic(ctx context.Context, header string) (reqctx.Machine, error) {
	id, secret, _ := ParseBasic(header)
	one, err := c.authenticate(ctx, id, secret)
	return machine(one, one.Scopes), err
}

// ByToken recognises the access token of a client; known is false for any other token.
// Its scopes are those that the client still has. Fails as ByBasic does, and where it
// cannot be told whether the token is any.
func (c *Clients) ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error) {
	claims, known, err := c.parse(raw)
	if err != nil || !known {
		return reqctx.Machine{}, known, err
	}
	one, err := c.admit(ctx, claims.ClientID, func(one Client) bool { return one.issued(claims) })
	return machine(one, both(strings.Fields(claims.Scope), one.Scopes)), true, err
}

// Holds judges the access token of a client that somebody else was shown, and tells the
// scopes that the client still has of it. It is no use of the client: nothing is charged.
// Fails with apperr.Unavailable.
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
	return both(strings.Fields(claims.Scope), one.Scopes), true, nil
}

// parse reads the access token of a client; known is false for what is surely none.
func (c *Clients) parse(raw string) (claims token.Client, known bool, err error) {
	claims, err = c.Codec.ParseClient(raw)
	if errors.Is(err, token.ErrInvalid) {
		return token.Client{}, false, nil
	}
	return claims, true, err
}

// authenticate finds a client that shows its secret.
func (c *Clients) authenticate(ctx context.Context, id, secret string) (Client, error) {
	// Hashed once, whoever it is.
	given, now := digest(secret), c.Now()
	return c.admit(ctx, id, func(one Client) bool { return one.proves(given, now) })
}

// admit finds a client that holds, and charges the request to it; or it charges the
// refusal to who asks. A right proof is never refused for wrong ones before it.
func (c *Clients) admit(ctx context.Context, id string, holds func(Client) bool) (Client, error) {
	one, ok, err := c.find(ctx, id, maxAge, maxStale, holds)
	if err == nil && !ok {
		if err := c.Guard.RecallMachine(id, reqctx.ClientFrom(ctx).IP); err != nil {
			return Client{}, err
		}
		one, ok, err = c.find(ctx, id, recent, recent, holds)
	}
	switch {
	case err != nil:
		return Client{}, err
	case !ok:
		return Client{}, c.refuse(ctx, id, one.Name)
	}
	if one.Kind == Public {
		c.note(ctx, one)
		return one, nil // anybody can say so: a limit of it would be for strangers to use up
	}
	// Without Redis the limit of a client is none: it is known who asks.
	if err := c.Guard.SpendMachine(ctx, one.ID, one.Limit); apperr.Is(err, apperr.RateLimited) {
		return Client{}, err
	}
	c.note(ctx, one)
	return one, nil
}

// refuse charges a refusal, of a client whose name may be known, and is what to answer.
func (c *Clients) refuse(ctx context.Context, id, name string) error {
	if err := c.Guard.RefuseMachine(ctx, id, reqctx.ClientFrom(ctx).IP); apperr.Is(err, apperr.RateLimited) {
		return err
	}
	c.record(ctx, event.ClientRefused, name)
	return apperr.New(apperr.Unauthorized).WithDetail("The client is unknown, or its secret or token is wrong.").Wrap(errUnknown)
}

// find looks for a client in rows of an age, see cache.read, and whether it holds.
func (c *Clients) find(ctx context.Context, id string, age, stale time.Duration, holds func(Client) bool) (Client, bool, error) {
	rows, err := c.cache.read(ctx, age, stale)
	if err != nil {
		return Client{}, false, err
	}
	one := rows.byID[id] // an unknown one is compared all the same
	ok := holds(one)
	return one, ok && one.ID != "" && one.Disabled.IsZero(), nil
}

// proves compares the digest of a secret with both that may be right, in the same time
// whether there are any.
func (c Client) proves(given string, now time.Time) bool {
	current := equal(given, c.hash)
	previous := equal(given, c.prevHash)
	return current || previous && now.Before(c.Overlap)
}

// issued reports whether an access token is from after the time from which they hold.
func (c Client) issued(claims token.Client) bool { return claims.IssuedAt.Unix() >= c.validFrom }

func equal(given, stored string) bool {
	// A client without a hash costs the comparison as well.
	want := stored
	if want == "" {
		want = digest("")
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1 && stored != ""
}

// note keeps when a client was last used.
func (c *Clients) note(ctx context.Context, one Client) {
	now := c.Now()
	if now.Sub(one.Used) < usedEvery || !c.noted.first(one.ID, now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noteTime)
	defer cancel()
	if err := c.Rows.Saw(ctx, one.ID, now.UnixMilli()); err != nil {
		logx.WithContext(ctx).Infof("client: last use: %v", err)
	}
}

// first reports whether it is time to note a use.
func (n *noted) first(id string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, tried := n.at[id]; tried && now.Sub(last) < usedEvery {
		return false
	}
	n.at[id] = now
	return true
}

func machine(one Client, scopes []string) reqctx.Machine {
	return reqctx.Machine{ID: one.ID, Name: one.Name, Scopes: scopes}
}

// ParseBasic reads the Authorization header of HTTP Basic as OAuth spells it (RFC 6749
// section 2.3.1): id and secret are encoded as a form's before they are put together.
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
