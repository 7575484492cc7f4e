package authz

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Error is a rejection. Its text is for logs: it contains neither the token nor anything else
// sent by the caller.
type Error struct {
	// Status is the HTTP status: 401, 403 or 503.
	Status int
	// Code is for programs and Msg for people.
	Code, Msg string
	// RetryAfter is how long the client should wait; only set for 503.
	RetryAfter time.Duration

	challenge string // parameters of WWW-Authenticate: Bearer
	reason    string
}

// The kinds of rejection, for errors.Is.
var (
	// ErrUnauthorized means that there is no token, or an invalid one.
	ErrUnauthorized = &Error{Status: http.StatusUnauthorized, Code: "unauthorized", Msg: "A valid access token is required."}
	// ErrSessionEnded means that the session has ended, or that the user is banned or deleted.
	ErrSessionEnded = &Error{Status: http.StatusUnauthorized, Code: "session_ended", Msg: "The session has ended. Sign in again."}
	// ErrStale means that the sign-in is longer ago than RequireFresh allows.
	ErrStale = &Error{Status: http.StatusUnauthorized, Code: "reauthentication_required", Msg: "Sign in again to go on."}
	// ErrForbidden means that the role or the scope is not sufficient.
	ErrForbidden = &Error{Status: http.StatusForbidden, Code: "forbidden", Msg: "This is not allowed."}
	// ErrUnavailable means that no decision is possible: the keys are missing, or the feed is
	// late and the policy rejects the request.
	ErrUnavailable = &Error{Status: http.StatusServiceUnavailable, Code: "unavailable", Msg: "The service is temporarily unavailable. Try again shortly.", RetryAfter: time.Second}
)

// Error returns the code and the reason.
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

// stale asks for a newer sign-in (RFC 9470 section 3).
func stale(maxAge time.Duration) *Error {
	return ErrStale.with(`error="insufficient_user_authentication", max_age=`+strconv.FormatInt(int64(maxAge/time.Second), 10), "the sign-in is too long ago")
}

// lacksScope names the scopes that a token needs (RFC 6750 section 3.1).
func lacksScope(scope string) *Error {
	return ErrForbidden.with(fmt.Sprintf(`error="insufficient_scope", scope=%q`, scope), "a scope is missing")
}

// asError returns err as an *Error. Any other error means that no decision is possible.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return unavailable(err.Error())
}
