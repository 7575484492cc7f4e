// Package captcha asks a provider whether the token a client brings was earned
// by solving its puzzle. Turnstile, hCaptcha and reCAPTCHA answer the same
// question in the same form: POST secret, response and remoteip, and read
// success, hostname and error-codes.
//
// A token works once; that is for the provider to see to. What is told apart
// here is who is at fault: the client (ErrWrong), or nobody who can be asked
// (ErrUnavailable). Only a provider that gives no answer at all can be
// overruled by AllowOnFailure, for whatever it does answer, a client may have
// provoked.
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

// The providers.
const (
	HCaptcha  = "hcaptcha"
	ReCaptcha = "recaptcha"
	Turnstile = "turnstile"
)

const (
	connectTimeout = 2 * time.Second
	idleTimeout    = 20 * time.Second
	idleConns      = 16
	// minScore is what reCAPTCHA v3 advises to begin with; 1.0 is surely a person.
	minScore = 0.5
)

var (
	// ErrUnavailable says that it could not be found out whether the token is good.
	ErrUnavailable = errors.New("captcha: the verifying service is of no help")
	// ErrWrong says that the token is missing, malformed, used, expired, or was
	// earned elsewhere.
	ErrWrong = errors.New("captcha: the token is not good")

	// providers: Turnstile documents its tokens' greatest length; hCaptcha's were
	// seen above 4000 bytes.
	providers = map[string]provider{
		HCaptcha:  {url: "https://api.hcaptcha.com/siteverify", maxToken: 8192},
		ReCaptcha: {url: "https://www.google.com/recaptcha/api/siteverify", maxToken: 8192, scored: true},
		Turnstile: {url: "https://challenges.cloudflare.com/turnstile/v0/siteverify", maxToken: 2048},
	}
)

type (
	// Options configure a Verifier.
	Options struct {
		// Provider is HCaptcha, ReCaptcha or Turnstile.
		Provider string
		Secret   string
		// URL replaces the provider's own, for services that speak the same.
		URL string
		// Timeout bounds one question.
		Timeout time.Duration
		// AllowOnFailure takes any token while the provider does not answer.
		AllowOnFailure bool
		// Hostnames are the sites whose tokens are taken; empty means any.
		Hostnames []string
	}

	// Verifier asks one provider. It is safe for concurrent use.
	Verifier struct {
		provider
		secret    string
		allow     bool
		hostnames []string
		client    *http.Client
	}

	provider struct {
		url      string
		maxToken int
		// scored: a success has a score, the higher the better. hCaptcha's score
		// is of risk and means the opposite, so it is not looked at.
		scored bool
	}
)

// New returns a Verifier, or an error that names the option at fault.
func New(o Options) (*Verifier, error) {
	p, known := providers[o.Provider]
	switch {
	case !known:
		return nil, errors.New("captcha: Provider is not known")
	case o.Secret == "":
		return nil, errors.New("captcha: Secret is missing")
	case o.Timeout <= 0:
		return nil, errors.New("captcha: Timeout is missing")
	}
	if o.URL != "" {
		u, err := url.Parse(o.URL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, errors.New("captcha: URL must be http(s)://host/path")
		}
		p.url = o.URL
	}
	return &Verifier{
		provider: p, secret: o.Secret, allow: o.AllowOnFailure, hostnames: o.Hostnames,
		client: newClient(o.Timeout),
	}, nil
}

// Verify returns nil for a token that was earned, ErrWrong for one that was not,
// and else an error that is ErrUnavailable. client is told to the provider; the
// zero address is not.
func (v *Verifier) Verify(ctx context.Context, token string, client netip.Addr) error {
	if token == "" || len(token) > v.maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrWrong
	}
	form := url.Values{"secret": {v.secret}, "response": {token}}
	if client.IsValid() {
		form.Set("remoteip", client.String())
	}
	reply, err := v.ask(ctx, form)
	switch {
	// A client that hangs up while its token is looked at must not be let in by
	// the policy for silent providers.
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case errors.Is(err, errNoAnswer) && v.allow:
		logx.WithContext(ctx).Errorf("%v; let through", err)
		return nil
	case err != nil:
		return err
	}
	return v.judge(reply)
}

func (v *Verifier) judge(r reply) error {
	switch {
	case slices.ContainsFunc(r.ErrorCodes, func(code string) bool { return strings.HasSuffix(code, "-input-secret") }):
		return fmt.Errorf("%w: it does not take the secret", ErrUnavailable)
	case slices.Contains(r.ErrorCodes, "internal-error"):
		return fmt.Errorf("%w: it has trouble of its own", ErrUnavailable)
	case !r.Success,
		len(v.hostnames) > 0 && !slices.Contains(v.hostnames, r.Hostname),
		v.scored && r.Score != nil && *r.Score < minScore:
		return ErrWrong
	}
	return nil
}
