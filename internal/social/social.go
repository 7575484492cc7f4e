// Package social finds out from other sites who somebody is: by an id_token that a mobile
// app was given there, or by the code that a browser comes back with.
//
// A provider is a row of Options, and how its Kind works is a row of kinds. An id_token is
// verified here and not by a library: the algorithms are four, and what the issue of
// sign-in depends on (one algorithm per key, no member twice, a bound on how often a
// stranger makes us ask for keys, whose word about an address counts) is what libraries
// leave to their callers.
//
// A provider that fails is left alone for a while, and does nothing to the others.
package social

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
)

// What an attempt to find out who somebody is can end in. Nothing of an exchange is in
// these errors: a provider's text may repeat a code or a token.
var (
	// ErrRefused says that the token or the code does not hold.
	ErrRefused = errors.New("social: the proof does not hold")
	// ErrUnavailable says that it could not be found out.
	ErrUnavailable = errors.New("social: the provider gives no answer")
	// ErrUnsupported says that the kind of provider does not work in this way.
	ErrUnsupported = errors.New("social: not offered by this provider")
)

type (
	// Identity is who somebody is at a provider.
	Identity struct {
		// Provider and Subject name the person, and nothing else does: addresses change
		// hands.
		Provider, Subject string
		// Email is what the provider told, zero if nothing; EmailProven says that it has
		// verified the address, and that its word about this one counts.
		Email       address.Address
		EmailProven bool
		// Phone is a number that the provider vouches for where PhoneProven is set. Numbers
		// of profiles are not told at all: whoever types one in owns nothing by that.
		Phone        address.Address
		PhoneProven  bool
		Name, Locale string
		// AuthTime is when the person has signed in there; zero where that is not told.
		AuthTime time.Time
	}

	// Begin is what a sign-in by redirect begins with.
	Begin struct {
		State, Nonce string
		// Challenge is the code_challenge (S256) of the leg to the provider.
		Challenge   string
		RedirectURI string
		// Fresh asks for a sign-in now, whatever session there is at the provider.
		Fresh bool
	}

	// Provider is one site. Its errors are those above.
	Provider interface {
		// AuthURL is where the browser is sent to.
		AuthURL(ctx context.Context, b Begin) (string, error)
		// Exchange finds out who came back with a code.
		Exchange(ctx context.Context, code, verifier, nonce, redirectURI string) (Identity, error)
		// Verify reads an id_token that an app was given. The nonce is compared where it is
		// given.
		Verify(ctx context.Context, idToken, nonce string) (Identity, error)
	}

	// Redeemer is a Provider whose mini program is given codes of its own.
	Redeemer interface {
		// Redeem finds out whose the code is, and whose the code of a number, where there is
		// one.
		Redeem(ctx context.Context, code, phoneCode string) (Identity, error)
	}

	// Answering is a Provider that says who it is when a browser comes back (RFC 9207).
	// Told is nil where the answer has no iss.
	Answering interface {
		Answers(ctx context.Context, told *string) error
	}

	// Looking is a Provider that can be asked whether it is there.
	Looking interface {
		Look(ctx context.Context) (found string, err error)
	}

	// Options are one provider.
	Options struct {
		Name, Kind string
		Issuer     string
		ClientID   string
		// Secret is the client's secret at a time, "" for a client that has none.
		Secret func(now time.Time) (string, error)
		// Audiences are further clients of ours whose id_tokens are taken.
		Audiences []string
		// Authoritative are the domains about whose addresses the provider's word counts;
		// see AnyDomain and HostedDomain.
		Authoritative []string
		Scopes        []string
		// FormPost has the provider answer by a form that the browser posts.
		FormPost bool
		// Userinfo and WeChat are of the kinds that need them.
		Userinfo Userinfo
		WeChat   WeChat
		// BaseURL is where LINE and WeChat are asked, in the place of the usual host.
		BaseURL string
		// Events says that what it tells of accounts there is listened to.
		Events bool
		// AllowPrivate lets it be in a private network, or on this host, without TLS.
		AllowPrivate bool
	}

	// Userinfo says where a provider without id_tokens is asked, and what its answer calls
	// things.
	Userinfo struct {
		URL, AuthURL, TokenURL string
		// EmailsURL is asked for a list of addresses, of which the primary one is taken.
		EmailsURL                           string
		Subject, Email, EmailVerified, Name string
	}

	// WeChat is the mini program beside a website.
	WeChat struct {
		MiniAppID, MiniSecret string
		// OpenIDs lets people in whom WeChat gives no union id, by their open id.
		OpenIDs bool
	}

	// Setup is what all providers are made with.
	Setup struct {
		Now func() time.Time
		// Timeout bounds one request to a provider.
		Timeout time.Duration
	}

	// Providers are those of the configuration.
	Providers struct {
		list   []Listed
		byName map[string]*one
	}

	// Listed is a provider as pages are told of it.
	Listed struct{ Name, Kind string }

	// one is a provider whose results are counted.
	one struct {
		Provider
		name   string
		events bool
		// open reports whether this process leaves the provider alone.
		open func() bool
	}
)

// New returns the providers. It asks none of them.
func New(rows []Options, s Setup) (*Providers, error) {
	p := &Providers{byName: map[string]*one{}}
	for _, o := range rows {
		build, known := kinds[o.Kind]
		if !known {
			return nil, fmt.Errorf("social: %s: the kind %q is not known", o.Name, o.Kind)
		}
		asks := newClient(o, s)
		made, err := build(o, asks)
		if err != nil {
			return nil, fmt.Errorf("social: %s: %w", o.Name, err)
		}
		p.list = append(p.list, Listed{Name: o.Name, Kind: o.Kind})
		p.byName[o.Name] = &one{Provider: made, name: o.Name, events: o.Events, open: asks.open}
	}
	return p, nil
}

// Find is the provider of a name.
func (p *Providers) Find(name string) (Provider, bool) {
	found, ok := p.byName[name]
	return found, ok
}

// Open reports of a provider whether this process leaves it alone for a while.
func (p *Providers) Open(name string) bool {
	found := p.byName[name]
	return found != nil && found.open()
}

// List is all of them, in the order of the configuration.
func (p *Providers) List() []Listed { return p.list }

// Exchange implements Provider.
func (o *one) Exchange(ctx context.Context, code, verifier, nonce, redirectURI string) (Identity, error) {
	return o.told(ctx)(o.Provider.Exchange(ctx, code, verifier, nonce, redirectURI))
}

// Verify implements Provider.
func (o *one) Verify(ctx context.Context, idToken, nonce string) (Identity, error) {
	return o.told(ctx)(o.Provider.Verify(ctx, idToken, nonce))
}

// Redeem implements Redeemer.
func (o *one) Redeem(ctx context.Context, code, phoneCode string) (Identity, error) {
	r, ok := o.Provider.(Redeemer)
	if !ok {
		return Identity{}, ErrUnsupported
	}
	return o.told(ctx)(r.Redeem(ctx, code, phoneCode))
}

// Answers implements Answering: a provider that says nothing of itself is believed, as its
// callback has an address of its own.
func (o *one) Answers(ctx context.Context, told *string) error {
	if a, ok := o.Provider.(Answering); ok {
		return a.Answers(ctx, told)
	}
	return nil
}

// Look implements Looking.
func (o *one) Look(ctx context.Context) (string, error) {
	if l, ok := o.Provider.(Looking); ok {
		return l.Look(ctx)
	}
	return "is not asked: it has nothing to tell before somebody signs in", nil
}

// told counts what came of it, logs why a proof was refused, and names the provider.
func (o *one) told(ctx context.Context) func(Identity, error) (Identity, error) {
	return func(who Identity, err error) (Identity, error) {
		proofs.Inc(o.name, outcome(err))
		if err != nil {
			logx.WithContext(ctx).Infow("social: no identity", logx.Field("provider", o.name), logx.Field("reason", err.Error()))
			return Identity{}, err
		}
		who.Provider = o.name
		return who, nil
	}
}

// refused is ErrRefused with why, in words of ours.
func refused(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// unavailable is ErrUnavailable with why, in words of ours.
func unavailable(why string) error { return fmt.Errorf("%w: %s", ErrUnavailable, why) }
