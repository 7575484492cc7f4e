package client

import (
	"context"
	"slices"
	"strings"

	"user-api/internal/reqctx"
)

// Readers authenticates the clients of the revocation feed. Their polls must keep working
// like checks of access tokens: they are not charged to limits in Redis, since the feed
// limits them itself, and if the database is unavailable they use rows as old as an access
// token may be. So a client that was removed while this node has no database may read for
// up to that long.
type Readers struct{ *Clients }

// ByBasic implements Clients.ByBasic for readers.
func (r Readers) ByBasic(ctx context.Context, header string) (reqctx.Machine, error) {
	id, secret, _ := ParseBasic(header)
	given, now := digest(secret), r.Now()
	one, err := r.admit(ctx, id, func(one Client) bool { return one.proves(given, now) })
	return machine(one, one.Scopes), err
}

// ByToken implements Clients.ByToken for readers.
func (r Readers) ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error) {
	claims, known, err := r.parse(raw)
	if err != nil || !known {
		return reqctx.Machine{}, known, err
	}
	one, err := r.admit(ctx, claims.ClientID, func(one Client) bool { return one.issued(claims) })
	return machine(one, intersection(strings.Fields(claims.Scope), one.Scopes)), true, err
}

// admit returns the client if valid accepts it. A client without the scope of the feed is
// charged as elsewhere, and so is a refusal.
func (r Readers) admit(ctx context.Context, id string, valid func(Client) bool) (Client, error) {
	one, ok, err := r.find(ctx, id, maxAge, r.Life, valid)
	if err != nil || !ok || !slices.Contains(one.Scopes, RevocationsRead) {
		return r.Clients.admit(ctx, id, valid)
	}
	r.note(ctx, one)
	return one, nil
}
