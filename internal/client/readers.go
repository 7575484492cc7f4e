package client

import (
	"context"
	"slices"
	"strings"

	"user-api/internal/reqctx"
)

// Readers recognises the clients that follow the feed of revocations. What they ask goes
// on as checks of access tokens do: it is not charged to limits in Redis, since who
// answers it bounds it, and where the database cannot be read it goes by rows as old as
// an access token may be. So a client that was removed while this node has no database
// may read up to that long.
type Readers struct{ *Clients }

// ByBasic is Clients.ByBasic.
func (r Readers) ByBasic(ctx context.Context, header string) (reqctx.Machine, error) {
	id, secret, _ := ParseBasic(header)
	given, now := digest(secret), r.Now()
	one, err := r.admit(ctx, id, func(one Client) bool { return one.proves(given, now) })
	return machine(one, one.Scopes), err
}

// ByToken is Clients.ByToken.
func (r Readers) ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error) {
	claims, known, err := r.parse(raw)
	if err != nil || !known {
		return reqctx.Machine{}, known, err
	}
	one, err := r.admit(ctx, claims.ClientID, func(one Client) bool { return one.issued(claims) })
	return machine(one, both(strings.Fields(claims.Scope), one.Scopes)), true, err
}

// admit finds a client that holds. One that may not follow the feed is charged as
// elsewhere, and a refusal as well.
func (r Readers) admit(ctx context.Context, id string, holds func(Client) bool) (Client, error) {
	one, ok, err := r.find(ctx, id, maxAge, r.Life, holds)
	if err != nil || !ok || !slices.Contains(one.Scopes, RevocationsRead) {
		return r.Clients.admit(ctx, id, holds)
	}
	r.note(ctx, one)
	return one, nil
}
