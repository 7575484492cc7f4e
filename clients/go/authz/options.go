package authz

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

type (
	// Option configures an Auth.
	Option func(*options)

	// Policy says what happens to a valid token while the feed is late by more than 5
	// seconds, so that it is not known whether its session has ended.
	Policy int

	options struct {
		audience               string
		machineAudience        string
		clientID, clientSecret string
		everyone               Policy // 0 is the default: by role
		byRole                 map[string]Policy
		machinesLate           Policy
		resource               string
		httpClient             *http.Client
		logger                 *slog.Logger
		now                    func() time.Time
		onError                func(http.ResponseWriter, *http.Request, *Error)
		cacheSize              int
		clientGiven            bool
	}
)

// The policies.
const (
	// FailClosed rejects the request with 503.
	FailClosed Policy = iota + 1
	// AllowUntilExpiry accepts the token until it expires.
	AllowUntilExpiry
	// AskService asks the issuer's /user/check with the caller's token, and rejects the
	// request with 503 if there is no answer.
	AskService
)

const (
	// lateAfter is the maximum age of the knowledge of what has ended.
	lateAfter = 5 * time.Second

	adminRole = "admin"
)

// Audience sets the required audience of tokens; the default is "user-api".
func Audience(audience string) Option { return func(o *options) { o.audience = audience } }

// MachineAudience sets the required audience of machine tokens, for an issuer that mints them
// specifically for this service. The default is the audience of users' tokens.
func MachineAudience(audience string) Option {
	return func(o *options) { o.machineAudience = audience }
}

// Client sets the credentials for reading the revocation feed: those of a client of the
// issuer with the scope revocations:read.
func Client(id, secret string) Option {
	return func(o *options) { o.clientID, o.clientSecret, o.clientGiven = id, secret, true }
}

// WhenLate sets the policy for users with one of the roles, or for all users if no role is
// given. The default is FailClosed for the role admin and AskService for others.
func WhenLate(policy Policy, roles ...string) Option {
	return func(o *options) {
		if len(roles) == 0 {
			o.everyone = policy
		}
		for _, role := range roles {
			if o.byRole == nil {
				o.byRole = map[string]Policy{}
			}
			o.byRole[role] = policy
		}
	}
}

// MachinesWhenLate sets the policy for machine tokens, which RequireScope accepts:
// FailClosed, the default, or AllowUntilExpiry. AskService is not possible, because the
// issuer has no route for it.
func MachinesWhenLate(policy Policy) Option { return func(o *options) { o.machinesLate = policy } }

// Resource sets the URL of this service as a protected resource (RFC 9728). Rejections then
// refer to its metadata, which ResourceMetadata serves.
func Resource(resource string) Option { return func(o *options) { o.resource = resource } }

// HTTPClient sets the client for calls to the issuer. Redirects are never followed, whatever
// its settings, because they would carry tokens and secrets elsewhere.
func HTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// Logger sets the logger. It logs when the issuer becomes unreachable and reachable again
// and, at level debug, why a request is rejected.
func Logger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// Now sets the clock.
func Now(now func() time.Time) Option { return func(o *options) { o.now = now } }

// CacheSize sets the minimum number of verified tokens in the cache, which holds up to twice
// as many. The default is 20,000.
func CacheSize(tokens int) Option { return func(o *options) { o.cacheSize = tokens } }

// OnError sets the function that writes status and body of a rejection. The headers
// WWW-Authenticate, Retry-After and Cache-Control are already set when it is called.
func OnError(write func(w http.ResponseWriter, r *http.Request, err *Error)) Option {
	return func(o *options) { o.onError = write }
}

func (o *options) check() error {
	if o.audience == "" || o.now == nil || o.logger == nil {
		return errors.New("authz: Audience, Now and Logger must not be empty")
	}
	if o.machineAudience == "" {
		o.machineAudience = o.audience
	}
	if o.clientGiven && (o.clientID == "" || o.clientSecret == "") {
		return errors.New("authz: Client needs an id and a secret")
	}
	if o.cacheSize == 0 {
		o.cacheSize = defaultCache
	}
	if o.cacheSize < 0 {
		return errors.New("authz: CacheSize must be above 0")
	}
	if err := o.checkPolicies(); err != nil {
		return err
	}
	if o.resource != "" {
		u, err := url.Parse(o.resource)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || !secure(u) {
			return errors.New("authz: Resource must be an https URL without a fragment; http is permitted only for loopback")
		}
	}
	return nil
}

func (o *options) checkPolicies() error {
	for _, p := range o.byRole {
		if p < FailClosed || p > AskService {
			return errors.New("authz: WhenLate: no such policy")
		}
		if p == FailClosed && !o.clientGiven {
			return errors.New("authz: FailClosed without Client would reject every request")
		}
	}
	if o.everyone < 0 || o.everyone > AskService {
		return errors.New("authz: WhenLate: no such policy")
	}
	if !o.clientGiven && o.everyone != AskService && o.everyone != AllowUntilExpiry {
		return errors.New("authz: without Client the feed is not followed: set Client, WhenLate(AskService) or WhenLate(AllowUntilExpiry)")
	}
	if o.machinesLate == 0 {
		o.machinesLate = FailClosed
	}
	if o.machinesLate != FailClosed && o.machinesLate != AllowUntilExpiry {
		return errors.New("authz: MachinesWhenLate takes FailClosed or AllowUntilExpiry")
	}
	return nil
}

// policy returns the policy for a role.
func (o *options) policy(role string) Policy {
	if p, ok := o.byRole[role]; ok {
		return p
	}
	switch {
	case o.everyone != 0:
		return o.everyone
	case role == adminRole:
		return FailClosed
	default:
		return AskService
	}
}
