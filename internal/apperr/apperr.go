// Package apperr defines the errors that clients may see. Each is an *Error with one of the
// codes below. The package is independent of HTTP: only internal/httpapi decides how a code
// appears on the wire. httpapi reports any other error as Internal.
package apperr

import (
	"errors"
	"time"
)

// Code identifies a kind of failure. Clients match on it, so a released code never changes
// its meaning.
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

// messages holds the public sentence of each code. The sentences are fixed, so that no
// response can echo input or leak a cause.
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

// ErrBusy is wrapped by an Unavailable error that is a deliberate refusal under load rather
// than a failed dependency. Such refusals are counted but not logged as faults.
var ErrBusy = errors.New("busy")

// Error is a failure with a public part (its exported fields) and a private cause that
// appears only in the log.
type Error struct {
	Code Code
	// Field names the invalid input, spelled as in the contract.
	Field string
	// Detail, if set, replaces the code's sentence. It must be a constant, never built from
	// input.
	Detail string
	// RetryAfter is how long the client should wait; 0 if unspecified.
	RetryAfter time.Duration
	// AttemptsLeft is the number of attempts that the challenge still allows; nil if
	// unspecified.
	AttemptsLeft *int
	// Limit names the rate limit that was exceeded, and NextAllowedAt is the Unix time in
	// seconds at which it allows requests again; "" and 0 if unspecified.
	Limit         string
	NextAllowedAt int64
	// Captcha names the captcha provider, SiteKey is its public key, and CaptchaAction is
	// the action the captcha must be solved for.
	Captcha, SiteKey, CaptchaAction string
	// Methods lists the acceptable second factors of mfa_required.
	Methods []string
	// MfaToken represents the completed first factor of mfa_required.
	MfaToken string
	// MaxAge is the maximum age of the sign-in that the operation requires; 0 if
	// unspecified.
	MaxAge time.Duration
	// OAuth is the error name at the OAuth token endpoint, if it does not follow from Code.
	OAuth string
	// Event is the error name for transmitters of security event tokens (RFC 8935 section
	// 2.4).
	Event string
	// OtpID is the open challenge, disclosed only to the client that requested it.
	OtpID string

	cause error
}

// New returns an error of the given code.
func New(code Code) *Error { return &Error{Code: code} }

// Codes returns all codes.
func Codes() []Code {
	codes := make([]Code, 0, len(messages))
	for code := range messages {
		codes = append(codes, code)
	}
	return codes
}

// Down returns an Unavailable error for a failed dependency, such as a store or the queue.
func Down(err error) *Error {
	return New(Unavailable).WithRetryAfter(time.Second).Wrap(err)
}

// DownIf returns Down(err), or nil if err is nil.
func DownIf(err error) error {
	if err != nil {
		return Down(err)
	}
	return nil
}

// ResultOrDown returns v, or the zero value and Down(err) if err is not nil.
func ResultOrDown[T any](v T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, Down(err)
	}
	return v, nil
}

// From returns err as an *Error; any other error becomes Internal with err as its cause.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal).Wrap(err)
}

// Is reports whether err is an *Error with the given code.
func Is(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// Error returns the code and the cause, for logs.
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

// Message returns the sentence that the client sees.
func (e *Error) Message() string {
	if e.Detail != "" {
		return e.Detail
	}
	return messages[e.Code]
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// WithAttemptsLeft sets the number of attempts left.
func (e *Error) WithAttemptsLeft(n int) *Error {
	e.AttemptsLeft = &n
	return e
}

// WithCaptcha sets the captcha to solve and its action.
func (e *Error) WithCaptcha(provider, siteKey, action string) *Error {
	e.Captcha, e.SiteKey, e.CaptchaAction = provider, siteKey, action
	return e
}

// WithDetail replaces the public sentence with a fixed one.
func (e *Error) WithDetail(sentence string) *Error {
	e.Detail = sentence
	return e
}

// WithEvent sets the error name for transmitters of security event tokens.
func (e *Error) WithEvent(name string) *Error {
	e.Event = name
	return e
}

// WithField names the invalid input.
func (e *Error) WithField(name string) *Error {
	e.Field = name
	return e
}

// WithLimit names the exceeded rate limit and when it allows requests again.
func (e *Error) WithLimit(name string, nextAllowedAt int64) *Error {
	e.Limit, e.NextAllowedAt = name, nextAllowedAt
	return e
}

// WithMaxAge sets the maximum age of the sign-in.
func (e *Error) WithMaxAge(d time.Duration) *Error {
	e.MaxAge = d
	return e
}

// WithMethods lists the acceptable second factors.
func (e *Error) WithMethods(methods ...string) *Error {
	e.Methods = methods
	return e
}

// WithMfaToken sets the token to send with the second factor.
func (e *Error) WithMfaToken(token string) *Error {
	e.MfaToken = token
	return e
}

// WithOAuth sets the error name at the token endpoint.
func (e *Error) WithOAuth(name string) *Error {
	e.OAuth = name
	return e
}

// WithOtpID sets the open challenge.
func (e *Error) WithOtpID(id string) *Error {
	e.OtpID = id
	return e
}

// WithRetryAfter sets how long the client should wait.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Wrap stores err as the private cause.
func (e *Error) Wrap(err error) *Error {
	e.cause = err
	return e
}
