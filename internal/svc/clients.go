package svc

import (
	"github.com/zeromicro/go-zero/core/timex"

	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/introspect"
	"user-api/internal/invite"
	"user-api/internal/keyring"
	"user-api/internal/middleware"
	"user-api/internal/oauth"
	"user-api/internal/token"
	"user-api/model"
)

// wireClients creates the parts for machines and applications, token introspection, and
// invites.
func (s *ServiceContext) wireClients(codec *token.Codec, limits *guard.Guard, events event.Sink) {
	s.Clients = client.New(client.Options{
		Rows: model.NewClientModel(s.db.Conn), Guard: limits, Codec: codec, Events: events,
		Life: s.Config.Auth.AccessExpire.Duration(), Now: s.Now, Elapsed: timex.Now, Rand: s.Rand,
	})
	s.Introspector = introspect.New(introspect.Options{Tokens: codec, Sessions: s.Sessions, Clients: s.Clients})
	s.Machines = middleware.NewMachineMiddleware(s.Clients)
	s.Readers = middleware.NewMachineMiddleware(client.Readers{Clients: s.Clients})
	s.invites = invite.New(invite.Options{Rows: model.NewInviteModel(s.db.Conn), Now: s.Now, Rand: s.Rand})
}

// newOAuth creates the OAuth service. Without an issuer URL, users cannot be sent back to
// an application with the iss of this service.
func (s *ServiceContext) newOAuth(ring *keyring.Ring, limits *guard.Guard, events event.Sink) *oauth.Service {
	o := oauth.Options{
		Clients: s.Clients, Guard: limits, Sessions: s.Sessions, Signin: s.Signin, Events: events, Ring: ring, Now: s.Now,
	}
	if s.Config.Auth.IssuerURL() {
		o.Issuer = s.Config.Auth.Issuer
	}
	return oauth.New(o)
}
