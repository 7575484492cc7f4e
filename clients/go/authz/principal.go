package authz

import (
	"context"
	"slices"
	"time"

	"user-api/clients/go/internal/carry"
)

type (
	// Principal is the user on whose behalf a request is made. A machine is no
	// Principal, so that nobody takes it for a user whose id is 0.
	Principal struct {
		UserID    int64
		SessionID string
		// Role is the one in force, not that of the token if it has changed since.
		Role string
		// ClientID is the application that the user signed in with. Tokens of before
		// that was told have none.
		ClientID string
		// Scopes are those that an OAuth client was given.
		Scopes []string
		// AMR is how the user proved who it is (RFC 8176): otp, sms, pwd, mfa.
		AMR []string
		// AuthTime is when the user did, zero if the token does not tell.
		AuthTime  time.Time
		ExpiresAt time.Time
	}

	// Machine is a client that acts for itself, by the grant client_credentials.
	Machine struct {
		ClientID  string
		Scopes    []string
		ExpiresAt time.Time
	}

	// carried is what a context has of the request that was let in.
	carried struct {
		auth      *Auth
		raw       string
		token     *token
		principal Principal
		machine   Machine
	}
)

// FromContext returns the user of a request that was let in. ok is false for an
// anonymous request, and for one of a machine.
func FromContext(ctx context.Context) (p Principal, ok bool) {
	c, ok := fromContext(ctx)
	if !ok || !c.token.user {
		return Principal{}, false
	}
	return c.principal.clone(), true
}

// MachineFromContext returns the machine of a request that RequireScope has let in.
func MachineFromContext(ctx context.Context) (m Machine, ok bool) {
	c, ok := fromContext(ctx)
	if !ok || c.token.user {
		return Machine{}, false
	}
	return c.machine.clone(), true
}

// HasScope reports whether the user's token was given a scope.
func (p Principal) HasScope(scope string) bool { return slices.Contains(p.Scopes, scope) }

// HasScope reports whether the machine was given a scope.
func (m Machine) HasScope(scope string) bool { return slices.Contains(m.Scopes, scope) }

// clone keeps what is in the cache from being changed.
func (p Principal) clone() Principal {
	p.Scopes, p.AMR = slices.Clone(p.Scopes), slices.Clone(p.AMR)
	return p
}

func (m Machine) clone() Machine {
	m.Scopes = slices.Clone(m.Scopes)
	return m
}

// Raw returns the token, to who passes it on for the caller.
func (c *carried) Raw() string { return c.raw }

func fromContext(ctx context.Context) (*carried, bool) {
	c, ok := ctx.Value(carry.Key{}).(*carried)
	return c, ok
}

func withCarried(ctx context.Context, c *carried) context.Context {
	return context.WithValue(ctx, carry.Key{}, c)
}
