// Package social authenticates users with external providers: by an id_token that a mobile app
// received there, or by the code with which a browser returns.
//
// A provider is a row of Options, and each Kind is a row of kinds. Id_tokens are verified here and
// not by a library: there are only four algorithms, and what the security of sign-in depends on
// (one algorithm per key, no duplicate members, a bound on how often a stranger can make us fetch
// keys, whose statement about an address counts) is what libraries leave to their callers.
//
// A failing provider is not asked for a while and does not affect the others.
package social

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
)

// Errors of an authentication. They contain nothing of the exchange, because a provider's text may
// repeat a code or a token.
var (
	// ErrRefused reports an invalid token or code.
	ErrRefused = errors.New("social: the proof is invalid")
	// ErrUnavailable reports that the provider could not be asked.
	ErrUnavailable = errors.New("social: the provider is unavailable")
	// ErrUnsupported reports that this kind of provider does not support the operation.
	ErrUnsupported = errors.New("social: not supported by this provider")
)

type (
	// Identity is a user at a provider.
	Identity struct {
		// Provider and Subject identify the user. Nothing else does, because addresses change
		// owners.
		Provider, Subject string
		// Email is the address reported by the provider, or zero. EmailProven means that the
		// provider has verified it and is authoritative for it.
		Email       address.Address
		EmailProven bool
		// Phone is a number that the provider has verified if PhoneProven is set. Numbers of
		// profiles are not used, because users type them in without proof.
		Phone        address.Address
		PhoneProven  bool
		Name, Locale string
		// AuthTime is when the user signed in there; zero if unknown.
		AuthTime time.Time
	}

	// Begin holds the parameters of a sign-in by redirect.
	Begin struct {
		State, Nonce string
		// Challenge is the S256 code_challenge for the provider.
		Challenge   string
		RedirectURI string
		// Fresh requires a new sign-in even if there is a session at the provider.
		Fresh bool
	}

	// Provider is one provider. Its methods return the errors above.
	Provider interface {
		// AuthURL returns the URL to which the browser is sent.
		AuthURL(ctx context.Context, b Begin) (string, error)
		// Exchange returns the identity for the code with which a browser returned.
		Exchange(ctx context.Context, code, verifier, nonce, redirectURI string) (Identity, error)
		// Verify verifies an id_token that an app received. It compares the nonce unless it is
		// empty.
		Verify(ctx context.Context, idToken, nonce string) (Identity, error)
	}

	// Redeemer is a Provider whose mini program receives its own codes.
	Redeemer interface {
		// Redeem returns the identity for a code, with the phone number for phoneCode unless it is
		// empty.
		Redeem(ctx context.Context, code, phoneCode string) (Identity, error)
	}

	// IssuerChecker is a Provider that identifies itself when a browser returns (RFC 9207). The
	// issuer is nil if the answer has no iss.
	IssuerChecker interface {
		CheckIssuer(ctx context.Context, issuer *string) error
	}

	// Prober is a Provider whose availability can be checked.
	Prober interface {
		Probe(ctx context.Context) (found string, err error)
	}

	// Options configure one provider.
	Options struct {
		Name, Kind string
		Issuer     string
		ClientID   string
		// Secret returns the client secret valid at a time, or "" for a public client.
		Secret func(now time.Time) (string, error)
		// Audiences lists further client ids whose id_tokens are accepted.
		Audiences []string
		// Authoritative lists the domains for whose addresses the provider is authoritative; see
		// AnyDomain and HostedDomain.
		Authoritative []string
		Scopes        []string
		// FormPost makes the provider answer with a form that the browser posts.
		FormPost bool
		// Userinfo and WeChat configure the kinds that need them.
		Userinfo Userinfo
		WeChat   WeChat
		// BaseURL replaces the usual host of LINE and WeChat.
		BaseURL string
		// Events enables security events from the provider.
		Events bool
		// AllowPrivate allows a provider in a private network or on this host, and without TLS.
		AllowPrivate bool
	}

	// Userinfo configures a provider without id_tokens: its endpoints and the names of the fields
	// in its answers.
	Userinfo struct {
		URL, AuthURL, TokenURL string
		// EmailsURL returns a list of addresses, of which the primary one is used.
		EmailsURL                           string
		Subject, Email, EmailVerified, Name string
	}

	// WeChat configures a mini program in addition to a website.
	WeChat struct {
		MiniAppID, MiniSecret string
		// OpenIDs accepts users without a union id by their open id.
		OpenIDs bool
	}

	// Setup configures all providers.
	Setup struct {
		Now func() time.Time
		// Timeout bounds a request to a provider.
		Timeout time.Duration
	}

	// Providers holds the configured providers.
	Providers struct {
		list   []Listed
		byName map[string]*instrumented
	}

	// Listed describes a provider to clients.
	Listed struct{ Name, Kind string }

	// instrumented is a provider whose results are counted and logged.
	instrumented struct {
		Provider
		name   string
		events bool
		// open reports whether the circuit breaker of the provider is open.
		open func() bool
	}
)

// New returns the providers. It sends no request.
func New(rows []Options, s Setup) (*Providers, error) {
	p := &Providers{byName: map[string]*instrumented{}}
	for _, o := range rows {
		build, known := kinds[o.Kind]
		if !known {
			return nil, fmt.Errorf("social: %s: unknown kind %q", o.Name, o.Kind)
		}
		asks := newClient(o, s)
		made, err := build(o, asks)
		if err != nil {
			return nil, fmt.Errorf("social: %s: %w", o.Name, err)
		}
		p.list = append(p.list, Listed{Name: o.Name, Kind: o.Kind})
		p.byName[o.Name] = &instrumented{Provider: made, name: o.Name, events: o.Events, open: asks.open}
	}
	return p, nil
}

// Find returns the provider with a name.
func (p *Providers) Find(name string) (Provider, bool) {
	found, ok := p.byName[name]
	return found, ok
}

// Open reports whether the circuit breaker of a provider is open on this node.
func (p *Providers) Open(name string) bool {
	found := p.byName[name]
	return found != nil && found.open()
}

// List returns all providers in configuration order.
func (p *Providers) List() []Listed { return p.list }

// Exchange implements Provider.
func (o *instrumented) Exchange(ctx context.Context, code, verifier, nonce, redirectURI string) (Identity, error) {
	return o.record(ctx)(o.Provider.Exchange(ctx, code, verifier, nonce, redirectURI))
}

// Verify implements Provider.
func (o *instrumented) Verify(ctx context.Context, idToken, nonce string) (Identity, error) {
	return o.record(ctx)(o.Provider.Verify(ctx, idToken, nonce))
}

// Redeem implements Redeemer.
func (o *instrumented) Redeem(ctx context.Context, code, phoneCode string) (Identity, error) {
	r, ok := o.Provider.(Redeemer)
	if !ok {
		return Identity{}, ErrUnsupported
	}
	return o.record(ctx)(r.Redeem(ctx, code, phoneCode))
}

// CheckIssuer implements IssuerChecker. A provider that does not identify itself is accepted,
// because each has its own callback address.
func (o *instrumented) CheckIssuer(ctx context.Context, issuer *string) error {
	if a, ok := o.Provider.(IssuerChecker); ok {
		return a.CheckIssuer(ctx, issuer)
	}
	return nil
}

// Probe implements Prober.
func (o *instrumented) Probe(ctx context.Context) (string, error) {
	if l, ok := o.Provider.(Prober); ok {
		return l.Probe(ctx)
	}
	return "not checked: this kind of provider has no endpoint to check", nil
}

// record counts the result, logs why a proof was refused, and sets the provider.
func (o *instrumented) record(ctx context.Context) func(Identity, error) (Identity, error) {
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

// refused returns ErrRefused with a reason.
func refused(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// unavailable returns ErrUnavailable with a reason.
func unavailable(why string) error { return fmt.Errorf("%w: %s", ErrUnavailable, why) }
