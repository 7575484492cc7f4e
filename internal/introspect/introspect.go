// Package introspect reports whether a token is valid (RFC 7662): an access token of a user
// or of a client. A refresh token never is, because only this service accepts those. A token
// for another audience is not either: that audience can verify it with our keys.
package introspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

type (
	// Tokens verifies tokens of this service. It fails with token.ErrInvalid, or with another
	// error if it cannot decide.
	Tokens interface {
		ParseAccess(raw string) (token.Access, error)
	}

	// Sessions checks the session of an access token and returns the current role. It fails
	// with apperr.Unauthorized or SessionEnded if the token is not valid.
	Sessions interface {
		Check(ctx context.Context, access token.Access) (role string, err error)
	}

	// Clients verifies the access token of a client and returns its remaining scopes.
	Clients interface {
		Holds(ctx context.Context, raw string) (scopes []string, holds bool, err error)
	}

	// Options configure an Introspector.
	Options struct {
		Tokens   Tokens
		Sessions Sessions
		Clients  Clients
	}

	// Introspector checks tokens. It is safe for concurrent use.
	Introspector struct{ Options }

	// Answer is the response: the claims of the token, updated to what is in force now. For a
	// token that is not valid it has only the member active.
	Answer map[string]json.RawMessage
)

var inactive = Answer{"active": json.RawMessage("false")}

// New returns an Introspector.
func New(o Options) *Introspector { return &Introspector{Options: o} }

// Introspect answers a request with a form body. It fails with apperr.InvalidRequest, and with
// Unavailable if it cannot decide whether the token is valid.
func (i *Introspector) Introspect(ctx context.Context, form string) (Answer, error) {
	raw, err := parse(ctx, form)
	if err != nil {
		return nil, err
	}
	access, err := i.Tokens.ParseAccess(raw)
	if errors.Is(err, token.ErrInvalid) {
		return i.introspectClient(ctx, raw)
	}
	if err != nil {
		return nil, err
	}
	role, err := i.Sessions.Check(ctx, access)
	switch {
	case apperr.Is(err, apperr.Unauthorized), apperr.Is(err, apperr.SessionEnded):
		return inactive, nil
	case err != nil:
		return nil, err
	}
	return active(raw, "role", role)
}

func (i *Introspector) introspectClient(ctx context.Context, raw string) (Answer, error) {
	scopes, holds, err := i.Clients.Holds(ctx, raw)
	if err != nil || !holds {
		return inactive, err
	}
	return active(raw, "scope", strings.Join(scopes, " "))
}

// active returns the claims of a valid token, with the current value of one claim.
func active(raw, name, inForce string) (Answer, error) {
	claims, err := token.Claims(raw)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(inForce)
	if err != nil {
		return nil, fmt.Errorf("introspect: %w", err)
	}
	answer := Answer(claims)
	answer["active"], answer["token_type"] = json.RawMessage("true"), json.RawMessage(`"Bearer"`)
	if answer[name] = value; inForce == "" {
		delete(answer, name)
	}
	return answer, nil
}

// parse reads the form of an authenticated client. token_type_hint is not needed, because
// the token shows its type (section 2.1). client_id may be present: some gateways repeat in
// the form what is in the Authorization header.
func parse(ctx context.Context, form string) (raw string, err error) {
	params, err := url.ParseQuery(form)
	if err != nil {
		return "", apperr.New(apperr.InvalidRequest).WithDetail("The form is malformed.")
	}
	for _, values := range params {
		if len(values) > 1 {
			return "", apperr.New(apperr.InvalidRequest).WithDetail("A parameter is given twice.")
		}
	}
	asker, _ := reqctx.MachineFrom(ctx)
	if id := params.Get("client_id"); id != "" && id != asker.ID {
		return "", apperr.New(apperr.InvalidRequest).WithDetail("The client must authenticate in one way only.")
	}
	if raw = params.Get("token"); raw == "" {
		return "", apperr.New(apperr.InvalidRequest).WithDetail("token is missing.").WithField("token")
	}
	return raw, nil
}
