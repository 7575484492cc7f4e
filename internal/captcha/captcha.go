// Package captcha asks a provider whether the token a client sent was earned by
// solving its puzzle. What the providers differ in is one row each, in
// providers.go: the address, the question and how the answer is read.
//
// A token works once; the provider sees to that. A question has three outcomes:
// the token is good, the token is not good (the client's fault), or it could not
// be found out (ErrUnavailable). Only a provider that gives no answer at all is
// overruled by AllowOnFailure: whatever it does answer, its "too many requests"
// included, a client may have provoked.
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

// What is demanded of the action that a token was earned for.
const (
	// AnyAction takes every token.
	AnyAction Binding = "off"
	// MatchAction refuses a token that names another action than the request's.
	MatchAction Binding = "match"
	// RequireAction also refuses a token that names none.
	RequireAction Binding = "require"
)

// ErrUnavailable says that it could not be found out whether the token is good.
var ErrUnavailable = errors.New("captcha: the provider gives no verdict")

type (
	// Binding is how strictly a token is bound to what it was earned for.
	Binding string

	// Options configure a Verifier.
	Options struct {
		// Provider is one of Providers.
		Provider string
		// SiteKey is the public key, Secret the one that goes with it.
		SiteKey, Secret string
		// URL replaces the provider's own, for services that speak the same.
		URL string
		// Timeout bounds one question.
		Timeout time.Duration
		// AllowOnFailure takes any token while the provider does not answer.
		AllowOnFailure bool
		// Hostnames are the sites whose tokens are taken; empty means any.
		Hostnames []string
		// Action is AnyAction where the provider's tokens name no action.
		Action Binding
		// MinScore is the least score of a good token, 0 to 1, for providers that
		// give one; 0 demands no score.
		MinScore float64
	}

	// Verifier asks one provider. It is safe for concurrent use.
	Verifier struct {
		options   Options
		row       row
		transport http.RoundTripper
	}
)

// New returns a Verifier, or an error that names the option at fault.
func New(o Options) (*Verifier, error) {
	r, known := rows[o.Provider]
	switch {
	case !known:
		return nil, errors.New("captcha: Provider is not known")
	case o.SiteKey == "":
		return nil, errors.New("captcha: SiteKey is missing")
	case o.Secret == "":
		return nil, errors.New("captcha: Secret is missing")
	case o.Timeout <= 0:
		return nil, errors.New("captcha: Timeout is missing")
	case !slices.Contains([]Binding{AnyAction, MatchAction, RequireAction}, o.Action):
		return nil, errors.New("captcha: Action is not known")
	case o.Action == RequireAction && (!r.actions || r.scored && o.MinScore == 0):
		return nil, errors.New("captcha: Action cannot be required, the tokens name none")
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

// Verify reports whether the token was earned, for the action. An error is
// ErrUnavailable. The provider is sent the client's address, unless that is the
// zero address.
func (v *Verifier) Verify(ctx context.Context, token, action string, client netip.Addr) (solved bool, err error) {
	q, ok := v.question(token, client)
	if !ok {
		return false, nil
	}
	answer, err := v.ask(ctx, q)
	switch {
	// A client that hangs up while its token is looked at must not be let in by
	// the policy for silent providers.
	case ctx.Err() != nil:
		return false, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.Is(err, errNoAnswer) && v.options.AllowOnFailure:
		logx.WithContext(ctx).Errorf("%v; let through", err)
		return true, nil
	case err != nil:
		return false, err
	}
	return v.judge(answer, action)
}

// question is what the provider is asked; false for a token that cannot be one.
func (v *Verifier) question(token string, client netip.Addr) (question, bool) {
	notASCII := func(r rune) bool { return r <= ' ' || r > '~' }
	if token == "" || len(token) > v.row.maxToken || strings.ContainsFunc(token, notASCII) {
		return question{}, false
	}
	return v.row.build(v.options, token, client)
}

func (v *Verifier) judge(a answer, action string) (solved bool, err error) {
	o := v.options
	switch {
	case a.trouble != "":
		return false, fmt.Errorf("%w: %s", ErrUnavailable, a.trouble)
	case !a.solved,
		len(o.Hostnames) > 0 && !slices.Contains(o.Hostnames, a.hostname),
		v.row.actions && !o.Action.fits(a.action, action):
		return false, nil
	case !v.row.scored || o.MinScore == 0:
		return true, nil
	case a.score == nil:
		// A v2 site's secret where v3 is meant: every token would pass unscored.
		return false, fmt.Errorf("%w: it gives no score, and MinScore demands one", ErrUnavailable)
	}
	return *a.score >= o.MinScore, nil
}

// fits reports whether a token that names an action may be used for another one.
func (b Binding) fits(named, wanted string) bool {
	switch b {
	case AnyAction:
		return true
	case MatchAction:
		return named == "" || named == wanted
	}
	return named == wanted
}
