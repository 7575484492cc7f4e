// Package oauth is OAuth 2.1 for the operator's own applications, by RFC 6749 as RFC 9700
// restricts it: the grants authorization_code, with PKCE always, refresh_token and
// client_credentials. A user signs in at our page and is asked nothing else, since the
// applications are the operator's own.
//
// A code is sealed, not stored: it says itself what it is bound to, so that it works while
// Redis is gone and no copy of Redis that is put back brings it to life again. That it
// opens one session, the database sees to, as for one-time codes.
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

// Errors of OAuth that are not named by a code of apperr.
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
	// Clients knows the applications.
	Clients interface {
		// App finds a client that signs users in.
		App(ctx context.Context, id string) (one client.Client, found bool, err error)
		// Authenticate finds who asks the token endpoint.
		Authenticate(ctx context.Context, authorization []string, params url.Values) (client.Client, error)
		// Grant gives a client a token of its own.
		Grant(ctx context.Context, one client.Client, scope string) (client.Grant, error)
	}

	// Guard bounds requests that name no client.
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
		// Issuer names this service to applications (RFC 9207). Where it is empty nobody
		// signs in for an application.
		Issuer string
		Now    func() time.Time
	}

	// Service answers requests of OAuth. It is safe for concurrent use.
	Service struct {
		Options
	}
)

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o} }

// known looks an application up. That there is none is charged to who asks.
func (s *Service) known(ctx context.Context, id string) (client.Client, error) {
	plan := s.Guard.ForLookup(reqctx.ClientFrom(ctx).IP)
	if err := s.Guard.Recall(plan); err != nil {
		return client.Client{}, err
	}
	one, found, err := s.Clients.App(ctx, id)
	if err != nil || found {
		return one, err
	}
	if err := s.Guard.Spend(ctx, plan); apperr.Is(err, apperr.RateLimited) {
		return client.Client{}, err
	}
	return client.Client{}, apperr.New(apperr.InvalidRequest).WithDetail("client_id names no application that signs users in.")
}
