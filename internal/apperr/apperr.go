// Package apperr is the vocabulary of failure: every error a client may be
// shown is an *Error with a code from the list below. It knows nothing of HTTP;
// internal/httpapi alone decides how a code looks on the wire. Any error that
// is not an *Error is a fault of ours and becomes Internal there.
package apperr

import (
	"errors"
	"time"
)

// Code names a kind of failure. Clients match on it, so a code, once released,
// keeps its meaning.
type Code string

// The codes, in the order of docs/errors.md.
const (
	InvalidRequest   Code = "invalid_request"
	InvalidPhone     Code = "invalid_phone"
	InvalidEmail     Code = "invalid_email"
	InvalidUsername  Code = "invalid_username"
	WeakPassword     Code = "weak_password"
	Unauthorized     Code = "unauthorized"
	SessionEnded     Code = "session_ended"
	BadCredentials   Code = "invalid_credentials"
	OtpInvalid       Code = "otp_invalid"
	MfaRequired      Code = "mfa_required"
	RefreshInvalid   Code = "refresh_invalid"
	RefreshReused    Code = "refresh_reused"
	Forbidden        Code = "forbidden"
	RegionNotAllowed Code = "region_not_allowed"
	CaptchaRequired  Code = "captcha_required"
	Reauthenticate   Code = "reauthentication_required"
	NotFound         Code = "not_found"
	MethodNotAllowed Code = "method_not_allowed"
	RequestTimeout   Code = "request_timeout"
	UsernameTaken    Code = "username_taken"
	PhoneTaken       Code = "phone_taken"
	EmailTaken       Code = "email_taken"
	LastSignIn       Code = "last_sign_in_method"
	LinkTaken        Code = "link_taken"
	BodyTooLarge     Code = "body_too_large"
	UnsupportedMedia Code = "unsupported_media_type"
	KeyMismatch      Code = "idempotency_mismatch"
	RateLimited      Code = "rate_limited"
	Internal         Code = "internal"
	Unavailable      Code = "unavailable"
)

// messages holds the one public sentence of each code. They are fixed so that
// no answer can echo input or leak a cause.
var messages = map[Code]string{
	InvalidRequest:   "The request is malformed.",
	InvalidPhone:     "This is not a phone number that can receive a code.",
	InvalidEmail:     "This is not a valid e-mail address.",
	InvalidUsername:  "A username has 3 to 64 characters of a-z, 0-9, dot, underscore and hyphen.",
	WeakPassword:     "The password must have 8 to 128 characters and not be a common one.",
	Unauthorized:     "A valid access token is required.",
	SessionEnded:     "The session has ended. Sign in again.",
	BadCredentials:   "The account or the password is wrong.",
	OtpInvalid:       "The code is wrong or has expired.",
	MfaRequired:      "This account needs a second proof.",
	RefreshInvalid:   "The refresh token is not valid.",
	RefreshReused:    "The refresh token was used before. The session has been ended.",
	Forbidden:        "This is not allowed.",
	RegionNotAllowed: "Codes are not sent to this country.",
	CaptchaRequired:  "Solve the captcha and send its answer with the request.",
	Reauthenticate:   "Sign in again to confirm this change.",
	NotFound:         "There is nothing here.",
	MethodNotAllowed: "This method is not allowed here.",
	RequestTimeout:   "The request body did not arrive completely in time.",
	UsernameTaken:    "The username is taken.",
	PhoneTaken:       "The phone number belongs to another account.",
	EmailTaken:       "The e-mail address belongs to another account.",
	LastSignIn:       "Without it there would be no way to sign in.",
	LinkTaken:        "It is linked to another account already.",
	BodyTooLarge:     "The request body is too large.",
	UnsupportedMedia: "The request body must be application/json.",
	KeyMismatch:      "This Idempotency-Key was used for another request. Take a new one.",
	RateLimited:      "Too many requests. Try again later.",
	Internal:         "Something went wrong on our side.",
	Unavailable:      "The service is temporarily unavailable. Try again shortly.",
}

// ErrBusy is among the causes of an Unavailable that is a decision under load and
// no failure of a part: it is counted, and not worth a line of the log.
var ErrBusy = errors.New("busy")

// Error is a failure with a public face (its exported fields) and a private cause that only the log may see.
type Error struct {
	Code Code
	// Field names the input at fault, as the client spelled it in the contract.
	Field string
	// Detail, when set, replaces the code's sentence. It must be a constant of
	// ours, never built from input.
	Detail string
	// RetryAfter is how long the client should wait; zero means not told.
	RetryAfter time.Duration
	// AttemptsLeft is how many tries a living challenge still has; nil means not told.
	AttemptsLeft *int
	// Limit names the limit that refuses, NextAllowedAt the Unix second from which
	// it no longer does; empty and 0 mean not told.
	Limit         string
	NextAllowedAt int64
	// Captcha names the provider whose captcha is asked for, SiteKey its public key, and
	// CaptchaAction what it is solved for.
	Captcha, SiteKey, CaptchaAction string
	// Methods are the second proofs that would do, of mfa_required.
	Methods []string
	// MfaToken stands for the first proof where one of Methods is due, of mfa_required.
	MfaToken string
	// MaxAge is how old the sign-in may be that is asked for; zero means not told.
	MaxAge time.Duration
	// OAuth is the error's name at the token endpoint of OAuth, where the code does not
	// say it.
	OAuth string
	// Event is the error's name for who sends events as tokens (RFC 8935 section 2.4).
	Event string
	// OtpID names the living challenge to the client that asked for it; empty where it is not named.
	OtpID string

	cause error
}

// New returns an error of the given code.
func New(code Code) *Error { return &Error{Code: code} }

// Codes lists every code, for tests that demand a row for each.
func Codes() []Code {
	codes := make([]Code, 0, len(messages))
	for code := range messages {
		codes = append(codes, code)
	}
	return codes
}

// Down says that a part the service needs, a store or the queue, has failed.
func Down(err error) *Error {
	return New(Unavailable).WithRetryAfter(time.Second).Wrap(err)
}

// From returns err as an *Error; anything else becomes Internal with err as its cause.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal).Wrap(err)
}

// Is reports whether err is an *Error of the given code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Error gives the code and the cause, for logs.
func (e *Error) Error() string {
	s := string(e.Code)
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Message is the sentence a client is shown.
func (e *Error) Message() string {
	if e.Detail != "" {
		return e.Detail
	}
	return messages[e.Code]
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.cause }

// WithAttemptsLeft tells how many tries are left.
func (e *Error) WithAttemptsLeft(n int) *Error {
	e.AttemptsLeft = &n
	return e
}

// WithCaptcha tells which captcha to solve, and for what.
func (e *Error) WithCaptcha(provider, siteKey, action string) *Error {
	e.Captcha, e.SiteKey, e.CaptchaAction = provider, siteKey, action
	return e
}

// WithDetail replaces the public sentence by a fixed one.
func (e *Error) WithDetail(sentence string) *Error {
	e.Detail = sentence
	return e
}

// WithEvent names the error for who sends events.
func (e *Error) WithEvent(name string) *Error {
	e.Event = name
	return e
}

// WithField names the input at fault.
func (e *Error) WithField(name string) *Error {
	e.Field = name
	return e
}

// WithLimit names the limit that refuses, and when it ends.
func (e *Error) WithLimit(name string, nextAllowedAt int64) *Error {
	e.Limit, e.NextAllowedAt = name, nextAllowedAt
	return e
}

// WithMaxAge tells how old the sign-in may be.
func (e *Error) WithMaxAge(d time.Duration) *Error {
	e.MaxAge = d
	return e
}

// WithMethods names the second proofs that would do.
func (e *Error) WithMethods(methods ...string) *Error {
	e.Methods = methods
	return e
}

// WithMfaToken tells what to send with the second factor.
func (e *Error) WithMfaToken(token string) *Error {
	e.MfaToken = token
	return e
}

// WithOAuth names the error at the token endpoint.
func (e *Error) WithOAuth(name string) *Error {
	e.OAuth = name
	return e
}

// WithOtpID names the challenge that lives.
func (e *Error) WithOtpID(id string) *Error {
	e.OtpID = id
	return e
}

// WithRetryAfter tells how long to wait.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Wrap keeps err as the private cause.
func (e *Error) Wrap(err error) *Error {
	e.cause = err
	return e
}
