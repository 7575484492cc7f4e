package authz

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Error is a refusal. Its text is for logs: it has no token, nor anything else that the
// caller sent.
type Error struct {
	// Status is that of HTTP: 401, 403 or 503.
	Status int
	// Code is what a client matches on, and Msg its sentence.
	Code, Msg string
	// RetryAfter is how long the client should wait, of 503 alone.
	RetryAfter time.Duration

	challenge string // parameters of WWW-Authenticate: Bearer
	reason    string
}

// The kinds of refusal, for errors.Is.
var (
	// ErrUnauthorized is no token, or one that does not hold.
	ErrUnauthorized = &Error{Status: http.StatusUnauthorized, Code: "unauthorized", Msg: "A valid access token is required."}
	// ErrSessionEnded is a token whose session has ended, or whose user is banned or gone.
	ErrSessionEnded = &Error{Status: http.StatusUnauthorized, Code: "session_ended", Msg: "The session has ended. Sign in again."}
	// ErrStale is a sign-in longer ago than RequireFresh allows.
	ErrStale = &Error{Status: http.StatusUnauthorized, Code: "reauthentication_required", Msg: "Sign in again to go on."}
	// ErrForbidden is a role or a scope that does not suffice.
	ErrForbidden = &Error{Status: http.StatusForbidden, Code: "forbidden", Msg: "This is not allowed."}
	// ErrUnavailable is that nobody can tell: the keys are not there, or the feed is
	// late and the policy refuses.
	ErrUnavailable = &Error{Status: http.StatusServiceUnavailable, Code: "unavailable", Msg: "The service is temporarily unavailable. Try again shortly.", RetryAfter: time.Second}
)

// Error gives the code and the reason.
func (e *Error) Error() string {
	if e.reason == "" {
		return "authz: " + e.Code
	}
	return "authz: " + e.Code + ": " + e.reason
}

// Is reports whether target is of the same kind.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

func (e *Error) with(challenge, reason string) *Error {
	other := *e
	other.challenge, other.reason = challenge, reason
	return &other
}

const invalidToken = `error="invalid_token"`

func noToken() *Error              { return ErrUnauthorized.with("", "no token") }
func invalid(reason string) *Error { return ErrUnauthorized.with(invalidToken, reason) }
func ended() *Error                { return ErrSessionEnded.with(invalidToken, "") }
func forbidden(why string) *Error  { return ErrForbidden.with("", why) }

func unavailable(reason string) *Error { return ErrUnavailable.with("", reason) }

func unavailableFor(wait time.Duration, reason string) *Error {
	e := unavailable(reason)
	e.RetryAfter = max(wait, time.Second)
	return e
}

// stale asks for a newer sign-in as RFC 9470 section 3 has it.
func stale(maxAge time.Duration) *Error {
	return ErrStale.with(`error="insufficient_user_authentication", max_age=`+strconv.FormatInt(int64(maxAge/time.Second), 10), "the sign-in is too long ago")
}

// lacksScope says which scopes a token needs (RFC 6750 section 3.1).
func lacksScope(scope string) *Error {
	return ErrForbidden.with(fmt.Sprintf(`error="insufficient_scope", scope=%q`, scope), "a scope is missing")
}

// asError returns err as an *Error; anything else means that nobody can tell.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return unavailable(err.Error())
}
