// Package introspect tells a client that was shown a token whether it holds (RFC 7662):
// an access token of a user, or one of a client. A refresh token never does, as nobody
// but this service takes one; nor does a token for another audience, which is for that
// one to judge by our keys.
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
	// Tokens verify what was minted here. They fail with token.ErrInvalid, and otherwise
	// where it cannot be told.
	Tokens interface {
		ParseAccess(raw string) (token.Access, error)
	}

	// Sessions judge the session of an access token and tell the role in force. They fail
	// with apperr.Unauthorized or SessionEnded for a token that does not hold.
	Sessions interface {
		Check(ctx context.Context, access token.Access) (role string, err error)
	}

	// Clients judge the access token of a client and tell the scopes it has still.
	Clients interface {
		Holds(ctx context.Context, raw string) (scopes []string, holds bool, err error)
	}

	// Options configure an Introspector.
	Options struct {
		Tokens   Tokens
		Sessions Sessions
		Clients  Clients
	}

	// Introspector judges tokens. It is safe for concurrent use.
	Introspector struct{ Options }

	// Answer are the members of the answer: the claims of the token, and what is in force
	// in the place of what it says. One that does not hold has active alone.
	Answer map[string]json.RawMessage
)

var inactive = Answer{"active": json.RawMessage("false")}

// New returns an Introspector.
func New(o Options) *Introspector { return &Introspector{Options: o} }

// Judge answers a request whose body is a form. Fails with apperr.InvalidRequest, and with
// Unavailable where nothing can tell whether the token holds: then it is called neither.
func (i *Introspector) Judge(ctx context.Context, form string) (Answer, error) {
	raw, err := parse(ctx, form)
	if err != nil {
		return nil, err
	}
	access, err := i.Tokens.ParseAccess(raw)
	if errors.Is(err, token.ErrInvalid) {
		return i.judgeClient(ctx, raw)
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

func (i *Introspector) judgeClient(ctx context.Context, raw string) (Answer, error) {
	scopes, holds, err := i.Clients.Holds(ctx, raw)
	if err != nil || !holds {
		return inactive, err
	}
	return active(raw, "scope", strings.Join(scopes, " "))
}

// active tells the claims of a token that holds, of which one may have changed since.
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

// parse reads the form of a client that has shown who it is. token_type_hint is not
// needed: the token tells its type (section 2.1). Some gateways repeat in the form what the
// Authorization header has said.
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
		return "", apperr.New(apperr.InvalidRequest).WithDetail("A client proves itself in one way.")
	}
	if raw = params.Get("token"); raw == "" {
		return "", apperr.New(apperr.InvalidRequest).WithDetail("token is missing.").WithField("token")
	}
	return raw, nil
}
