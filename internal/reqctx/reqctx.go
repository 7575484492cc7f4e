// Package reqctx carries what the HTTP edge knows about a request, and what the
// Session middleware proved about its sender, to the code that needs it. The
// keys are private types, so nothing but this package can set or shadow them.
package reqctx

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// Client describes the sender of a request as far as it can be trusted.
type Client struct {
	// IP is the socket peer, or the right-most untrusted hop behind a trusted
	// proxy. Never the text of a header.
	IP netip.Addr
	// UserAgent is the User-Agent header, cut to 255 bytes of valid UTF-8.
	UserAgent string
	// Languages is the Accept-Language header, cut to 255 bytes. It is the client's
	// text: package locale makes tags of it.
	Languages string
	RequestID string
	// Delivery is of the answer to this request; nil outside the HTTP edge.
	Delivery *Delivery
}

// Machine is a client that has proved who it is, and acts for itself.
type Machine struct {
	ID, Name string
	Scopes   []string
}

// Principal is who a verified access token speaks for.
type Principal struct {
	UserID    int64
	SessionID string
	Role      string
	// Methods are how the user was proven at the sign-in (RFC 8176), as the token says.
	Methods []string
	// ExpiresAt is when the access token ends.
	ExpiresAt time.Time
	// Admin says that the Admin middleware has let it through.
	Admin bool
}

// Actor is how the audit trail names the machine.
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

// ActorFrom returns who acts where that is no user, or "".
func ActorFrom(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

// ClientFrom returns the request's client; the zero Client outside a request.
func ClientFrom(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

// IdempotencyKeyFrom returns the Idempotency-Key of the request, "" without one.
func IdempotencyKeyFrom(ctx context.Context) string {
	key, _ := ctx.Value(idempotencyKey{}).(string)
	return key
}

// MachineFrom returns the machine that acts and whether it is one.
func MachineFrom(ctx context.Context) (Machine, bool) {
	m, ok := ctx.Value(machineKey{}).(Machine)
	return m, ok
}

// PrincipalFrom returns the verified principal and whether there is one.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// WithActor attaches who acts where that is no user: "cli:root@host-1", or a client
// by its name.
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

// WithMachine attaches a machine, and as the actor its name. Only the gate of the
// routes that machines may use calls it.
func WithMachine(ctx context.Context, m Machine) context.Context {
	return WithActor(context.WithValue(ctx, machineKey{}, m), m.Actor())
}

// WithPrincipal attaches the principal. Only the Session and the Admin middleware
// call it.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}
