package authz

import (
	"context"
	"slices"
	"time"

	"user-api/clients/go/internal/carry"
)

type (
	// Principal is the user on whose behalf a request is made. Machines have their own
	// type, so that none is mistaken for a user with id 0.
	Principal struct {
		UserID    int64
		SessionID string
		// Role is the current role, even if it has changed since the token was minted.
		Role string
		// ClientID is the application with which the user signed in. Tokens of older releases
		// have none.
		ClientID string
		// Scopes are those granted to an OAuth client.
		Scopes []string
		// AMR is how the user authenticated (RFC 8176): otp, sms, pwd, mfa.
		AMR []string
		// AuthTime is when the user authenticated; zero if the token does not say.
		AuthTime  time.Time
		ExpiresAt time.Time
	}

	// Machine is a client that acts for itself, with the grant client_credentials.
	Machine struct {
		ClientID  string
		Scopes    []string
		ExpiresAt time.Time
	}

	// carried is what the context of an admitted request holds.
	carried struct {
		auth      *Auth
		raw       string
		token     *token
		principal Principal
		machine   Machine
	}
)

// FromContext returns the user of an admitted request. ok is false for anonymous requests and
// for those of machines.
func FromContext(ctx context.Context) (p Principal, ok bool) {
	c, ok := fromContext(ctx)
	if !ok || !c.token.user {
		return Principal{}, false
	}
	return c.principal.clone(), true
}

// MachineFromContext returns the machine of a request that RequireScope has admitted.
func MachineFromContext(ctx context.Context) (m Machine, ok bool) {
	c, ok := fromContext(ctx)
	if !ok || c.token.user {
		return Machine{}, false
	}
	return c.machine.clone(), true
}

// HasScope reports whether the user's token has a scope.
func (p Principal) HasScope(scope string) bool { return slices.Contains(p.Scopes, scope) }

// HasScope reports whether the machine's token has a scope.
func (m Machine) HasScope(scope string) bool { return slices.Contains(m.Scopes, scope) }

// clone protects the cached token from changes by the caller.
func (p Principal) clone() Principal {
	p.Scopes, p.AMR = slices.Clone(p.Scopes), slices.Clone(p.AMR)
	return p
}

func (m Machine) clone() Machine {
	m.Scopes = slices.Clone(m.Scopes)
	return m
}

// Raw returns the token, for passing it on on behalf of the caller.
func (c *carried) Raw() string { return c.raw }

func fromContext(ctx context.Context) (*carried, bool) {
	c, ok := ctx.Value(carry.Key{}).(*carried)
	return c, ok
}

func withCarried(ctx context.Context, c *carried) context.Context {
	return context.WithValue(ctx, carry.Key{}, c)
}
