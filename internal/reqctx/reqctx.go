// Package reqctx carries what the HTTP edge knows about a request, and what the Session
// middleware verified about its sender. The keys are private types, so that no other
// package can set or shadow them.
package reqctx

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// Client describes the sender of a request as far as it is trustworthy.
type Client struct {
	// IP is the peer address or, behind a trusted proxy, the right-most untrusted hop. It
	// is never the text of a header.
	IP netip.Addr
	// UserAgent is the User-Agent header, limited to 255 bytes of valid UTF-8.
	UserAgent string
	// Languages is the Accept-Language header, limited to 255 bytes. It is client input;
	// package locale parses it.
	Languages string
	RequestID string
	// Delivery tracks the response to this request; nil outside the HTTP edge.
	Delivery *Delivery
}

// Machine is an authenticated client that acts for itself.
type Machine struct {
	ID, Name string
	Scopes   []string
}

// Principal is the subject of a verified access token.
type Principal struct {
	UserID    int64
	SessionID string
	Role      string
	// Methods are the authentication methods of the sign-in (RFC 8176) in the token.
	Methods []string
	// ExpiresAt is the expiry of the access token.
	ExpiresAt time.Time
	// Admin means that the Admin middleware has admitted it.
	Admin bool
}

// Actor returns the name of the machine in the audit trail.
func (m Machine) Actor() string { return "client:" + m.Name }

// Has reports whether the machine has a scope.
func (m Machine) Has(scope string) bool { return slices.Contains(m.Scopes, scope) }

type (
	actorKey       struct{}
	clientKey      struct{}
	idempotencyKey struct{}
	machineKey     struct{}
	principalKey   struct{}
)

// ActorFrom returns the actor if it is not a user, or "".
func ActorFrom(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

// ClientFrom returns the client of the request; the zero Client outside a request.
func ClientFrom(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

// IdempotencyKeyFrom returns the Idempotency-Key of the request, or "".
func IdempotencyKeyFrom(ctx context.Context) string {
	key, _ := ctx.Value(idempotencyKey{}).(string)
	return key
}

// MachineFrom returns the acting machine and whether there is one.
func MachineFrom(ctx context.Context) (Machine, bool) {
	m, ok := ctx.Value(machineKey{}).(Machine)
	return m, ok
}

// PrincipalFrom returns the verified principal and whether there is one.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// WithActor attaches an actor that is not a user: "cli:root@host-1", or a client by name.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// WithClient attaches the client.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// WithIdempotencyKey attaches the key. Only the Idempotent middleware calls it.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, key)
}

// WithMachine attaches a machine, and its name as the actor. Only the middleware for
// machines calls it.
func WithMachine(ctx context.Context, m Machine) context.Context {
	return WithActor(context.WithValue(ctx, machineKey{}, m), m.Actor())
}

// WithPrincipal attaches the principal. Only the Session and Admin middleware call it.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}
