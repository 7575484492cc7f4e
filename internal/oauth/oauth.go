// Package oauth implements OAuth 2.1 for the operator's own applications, by RFC 6749 as restricted
// by RFC 9700: the grants authorization_code, always with PKCE, refresh_token and
// client_credentials. Users sign in on our page and are not asked for consent, because the
// applications are the operator's own.
//
// Codes are sealed, not stored: a code contains what it is bound to, so that it works without Redis
// and a restored Redis cannot revive it. The database ensures that a code opens only one session,
// like a one-time code.
package oauth

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
)

// OAuth error codes without a code in apperr.
const (
	errGrant             = "invalid_grant"
	errInteraction       = "interaction_required"
	errRequest           = "invalid_request"
	errRequestObject     = "request_not_supported"
	errRequestURI        = "request_uri_not_supported"
	errScope             = "invalid_scope"
	errUnauthorized      = "unauthorized_client"
	errUnsupportedGrant  = "unsupported_grant_type"
	errUnsupportedAnswer = "unsupported_response_type"
)

type (
	// Clients finds and authenticates applications.
	Clients interface {
		// App returns a client with users.
		App(ctx context.Context, id string) (app client.Client, found bool, err error)
		// Authenticate returns the client of a token request.
		Authenticate(ctx context.Context, authorization []string, params url.Values) (client.Client, error)
		// Grant issues a token for the client itself.
		Grant(ctx context.Context, app client.Client, scope string) (client.Grant, error)
	}

	// Guard limits requests with an unknown client.
	Guard interface {
		ForLookup(from netip.Addr) guard.Plan
		Recall(plan guard.Plan) error
		Spend(ctx context.Context, plan guard.Plan) error
	}

	// Options configure a Service.
	Options struct {
		Clients  Clients
		Guard    Guard
		Sessions *session.Sessions
		Signin   *signin.Service
		Events   event.Sink
		Ring     *keyring.Ring
		// Issuer identifies this service to applications (RFC 9207). If empty, authorization
		// requests are disabled.
		Issuer string
		Now    func() time.Time
	}

	// Service serves OAuth requests. It is safe for concurrent use.
	Service struct {
		Options
	}
)

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o} }

// lookUp returns an application. Unknown ids are charged to the sender.
func (s *Service) lookUp(ctx context.Context, id string) (client.Client, error) {
	plan := s.Guard.ForLookup(reqctx.ClientFrom(ctx).IP)
	if err := s.Guard.Recall(plan); err != nil {
		return client.Client{}, err
	}
	app, found, err := s.Clients.App(ctx, id)
	if err != nil || found {
		return app, err
	}
	if err := s.Guard.Spend(ctx, plan); apperr.Is(err, apperr.RateLimited) {
		return client.Client{}, err
	}
	return client.Client{}, apperr.New(apperr.InvalidRequest).WithDetail("client_id is not an application with users.")
}
