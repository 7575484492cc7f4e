// Package captcha verifies with a provider that a client has solved a captcha. The providers differ
// only in a row in providers.go: the URL, the request and how the response is parsed.
//
// A token works once, which the provider enforces. A verification has three results: the token is
// valid, the token is invalid (the client's fault), or the result is unknown (ErrUnavailable).
// AllowOnFailure applies only to a provider that does not respond at all, because clients may have
// caused any response, including "too many requests".
package captcha

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// How tokens are bound to actions.
const (
	// AnyAction accepts every token.
	AnyAction Binding = "off"
	// MatchAction refuses a token for another action.
	MatchAction Binding = "match"
	// RequireAction also refuses a token without an action.
	RequireAction Binding = "require"
)

// ErrUnavailable reports that the token could not be verified.
var ErrUnavailable = errors.New("captcha: the provider is unavailable")

type (
	// Binding is how strictly tokens are bound to actions.
	Binding string

	// Options configure a Verifier.
	Options struct {
		// Provider is one of Providers.
		Provider string
		// SiteKey is the public key, Secret the corresponding secret.
		SiteKey, Secret string
		// URL replaces the provider's URL, for compatible services.
		URL string
		// Timeout bounds a request.
		Timeout time.Duration
		// AllowOnFailure accepts every token while the provider does not respond.
		AllowOnFailure bool
		// Hostnames lists the sites whose tokens are accepted; empty means any.
		Hostnames []string
		// Action must be AnyAction if the provider's tokens have no action.
		Action Binding
		// MinScore is the minimum score, 0 to 1, for providers with scores; 0 requires no score.
		MinScore float64
	}

	// Verifier verifies tokens with one provider. It is safe for concurrent use.
	Verifier struct {
		options   Options
		row       row
		transport http.RoundTripper
	}
)

// New returns a Verifier. Its errors name the invalid option.
func New(o Options) (*Verifier, error) {
	r, known := rows[o.Provider]
	switch {
	case !known:
		return nil, errors.New("captcha: unknown Provider")
	case o.SiteKey == "":
		return nil, errors.New("captcha: SiteKey is missing")
	case o.Secret == "":
		return nil, errors.New("captcha: Secret is missing")
	case o.Timeout <= 0:
		return nil, errors.New("captcha: Timeout is missing")
	case !slices.Contains([]Binding{AnyAction, MatchAction, RequireAction}, o.Action):
		return nil, errors.New("captcha: unknown Action")
	case o.Action == RequireAction && (!r.actions || r.scored && o.MinScore == 0):
		return nil, errors.New("captcha: Action cannot be required, because the tokens have none")
	}
	if o.URL == "" {
		o.URL = r.url
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, errors.New("captcha: URL must be http(s)://host/path")
	}
	return &Verifier{options: o, row: r, transport: newTransport()}, nil
}

// Verify reports whether the token is valid for the action. Its error is ErrUnavailable. The
// client's address is sent to the provider unless it is zero.
func (v *Verifier) Verify(ctx context.Context, token, action string, client netip.Addr) (solved bool, err error) {
	q, ok := v.question(token, client)
	if !ok {
		return false, nil
	}
	answer, err := v.ask(ctx, q)
	switch {
	// A client that disconnects must not benefit from AllowOnFailure.
	case ctx.Err() != nil:
		return false, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.Is(err, errNoAnswer) && v.options.AllowOnFailure:
		logx.WithContext(ctx).Errorf("%v; accepted by AllowOnFailure", err)
		return true, nil
	case err != nil:
		return false, err
	}
	return v.decide(answer, action)
}

// question returns the request to the provider, or false for a malformed token.
func (v *Verifier) question(token string, client netip.Addr) (question, bool) {
	notASCII := func(r rune) bool { return r <= ' ' || r > '~' }
	if token == "" || len(token) > v.row.maxToken || strings.ContainsFunc(token, notASCII) {
		return question{}, false
	}
	return v.row.build(v.options, token, client)
}

func (v *Verifier) decide(a answer, action string) (solved bool, err error) {
	o := v.options
	switch {
	case a.trouble != "":
		return false, fmt.Errorf("%w: %s", ErrUnavailable, a.trouble)
	case !a.solved,
		len(o.Hostnames) > 0 && !slices.Contains(o.Hostnames, a.hostname),
		v.row.actions && !o.Action.allows(a.action, action):
		return false, nil
	case !v.row.scored || o.MinScore == 0:
		return true, nil
	case a.score == nil:
		// This is the secret of a v2 site where v3 is required: every token would pass without a
		// score.
		return false, fmt.Errorf("%w: the response has no score, but MinScore requires one", ErrUnavailable)
	}
	return *a.score >= o.MinScore, nil
}

// allows reports whether a token for one action may be used for another.
func (b Binding) allows(named, wanted string) bool {
	switch b {
	case AnyAction:
		return true
	case MatchAction:
		return named == "" || named == wanted
	}
	return named == wanted
}
