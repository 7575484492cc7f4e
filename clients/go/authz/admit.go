package authz

import (
	"context"
)

// Authenticate does for any transport what Middleware does for HTTP: given the values of the
// authorization header, it returns a context with the Principal.
func (a *Auth) Authenticate(ctx context.Context, authorization []string) (context.Context, error) {
	return a.authenticate(ctx, authorization, true)
}

// AuthenticateMachine does the same for a machine token. The caller must check its scopes.
func (a *Auth) AuthenticateMachine(ctx context.Context, authorization []string) (context.Context, error) {
	return a.authenticate(ctx, authorization, false)
}

// Recheck checks the caller of a context again, for work that outlives a request: a stream, a
// websocket, a long job. It fails once the token has expired, the session has ended or the role
// has changed. It fails like Verify if it cannot decide.
func (a *Auth) Recheck(ctx context.Context) error {
	c, ok := fromContext(ctx)
	if !ok || c.auth != a {
		return noToken()
	}
	again, err := a.admit(ctx, []string{"Bearer " + c.raw}, c.token.user)
	if err != nil {
		return err
	}
	if again.principal.Role != c.principal.Role {
		return forbidden("the role has changed")
	}
	return nil
}

func (a *Auth) authenticate(ctx context.Context, authorization []string, user bool) (context.Context, error) {
	c, err := a.admit(ctx, authorization, user)
	if err != nil {
		return ctx, err
	}
	return withCarried(ctx, c), nil
}

func (a *Auth) admit(ctx context.Context, authorization []string, user bool) (*carried, error) {
	raw, err := bearer(authorization)
	switch {
	case err != nil:
		return nil, err
	case user:
		return a.admitUser(ctx, raw)
	default:
		return a.admitMachine(ctx, raw)
	}
}

func (a *Auth) admitUser(ctx context.Context, raw string) (*carried, error) {
	t, seen, err := a.verified(ctx, raw)
	switch {
	case err != nil:
		return nil, err
	case !t.user:
		return nil, invalid("the token of a machine")
	case seen.ended:
		return nil, ended()
	}
	c := &carried{auth: a, raw: raw, token: t, principal: t.principal}
	if seen.role != "" {
		c.principal.Role = seen.role
	}
	if !seen.late() {
		return c, nil
	}
	switch a.policy(c.principal.Role) {
	case AllowUntilExpiry:
		return c, nil
	case AskService:
		c.principal.Role, err = a.asked.role(ctx, raw, t)
		return c, err
	default:
		return nil, unavailable("the feed is late")
	}
}

func (a *Auth) admitMachine(ctx context.Context, raw string) (*carried, error) {
	t, seen, err := a.verified(ctx, raw)
	switch {
	case err != nil:
		return nil, err
	case t.user:
		return nil, forbidden("the token of a user")
	case seen.late() && a.machinesLate != AllowUntilExpiry:
		return nil, unavailable("the feed is late")
	}
	return &carried{auth: a, raw: raw, token: t, machine: t.machine}, nil
}

// verified returns the claims of a token once its signature, claims and times have been
// verified, and what the feed says about it.
func (a *Auth) verified(ctx context.Context, raw string) (*token, sight, error) {
	if len(raw) > maxToken {
		return nil, sight{}, invalid("too long")
	}
	digest := digestOf(raw)
	t := a.cache.get(digest)
	known := t != nil && a.keys.current(t.key)
	if !known {
		var err error
		if t, err = a.parse(ctx, raw); err != nil {
			return nil, sight{}, err
		}
		t.digest = digest
	}
	seen := a.memory.look(t)
	if seen.keyRevoked {
		return nil, sight{}, invalid("its key was revoked")
	}
	if err := t.check(seen.now, seen.keep); err != nil {
		return nil, sight{}, err
	}
	if !known {
		a.cache.put(t)
	}
	return t, seen, nil
}
