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

	// Policy says what becomes of a good token while the feed is late by more than 5
	// seconds, so that nobody here knows whether its session has ended.
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
	// FailClosed refuses the request with 503.
	FailClosed Policy = iota + 1
	// AllowUntilExpiry lets the token in until it expires.
	AllowUntilExpiry
	// AskService asks the issuer's /user/check with the caller's own token, and
	// refuses the request with 503 when there is no answer.
	AskService
)

const (
	// lateAfter is how old the knowledge of what has ended may be.
	lateAfter = 5 * time.Second

	adminRole = "admin"
)

// Audience sets whom tokens must be for, in place of "user-api".
func Audience(audience string) Option { return func(o *options) { o.audience = audience } }

// MachineAudience sets whom the tokens of machines must be for, where the issuer makes
// them for this service in particular. The default is the audience of users' tokens.
func MachineAudience(audience string) Option {
	return func(o *options) { o.machineAudience = audience }
}

// Client sets the credentials that the feed of revocations is read with: a client of the
// issuer's with the scope revocations:read.
func Client(id, secret string) Option {
	return func(o *options) { o.clientID, o.clientSecret, o.clientGiven = id, secret, true }
}

// WhenLate sets the policy of users with one of the roles, or of every user when none is
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

// MachinesWhenLate sets the policy of the tokens of machines, which RequireScope lets in:
// FailClosed, the default, or AllowUntilExpiry. There is no route that AskService could
// ask about a machine.
func MachinesWhenLate(policy Policy) Option { return func(o *options) { o.machinesLate = policy } }

// Resource sets the URL of this service as a protected resource (RFC 9728). Refusals
// then lead to its metadata, which ResourceMetadata serves.
func Resource(resource string) Option { return func(o *options) { o.resource = resource } }

// HTTPClient sets how the issuer is called. Its redirects are not followed, whatever it
// says of them, because they would carry tokens and secrets elsewhere.
func HTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// Logger sets where is logged that the issuer cannot be reached and is reached again, and,
// at the level debug, why a request is refused.
func Logger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// Now sets the clock.
func Now(now func() time.Time) Option { return func(o *options) { o.now = now } }

// CacheSize sets how many verified tokens are remembered at least, and twice that at
// most, in place of 20,000.
func CacheSize(tokens int) Option { return func(o *options) { o.cacheSize = tokens } }

// OnError sets what writes the body of a refusal, in place of the usual one. The headers
// WWW-Authenticate, Retry-After and Cache-Control are set already; it writes the status.
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
			return errors.New("authz: Resource must be an https URL without a fragment; http is for loopback alone")
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
			return errors.New("authz: FailClosed without Client would refuse every request")
		}
	}
	if o.everyone < 0 || o.everyone > AskService {
		return errors.New("authz: WhenLate: no such policy")
	}
	if !o.clientGiven && o.everyone != AskService && o.everyone != AllowUntilExpiry {
		return errors.New("authz: without Client no feed is followed: give Client, WhenLate(AskService) or WhenLate(AllowUntilExpiry)")
	}
	if o.machinesLate == 0 {
		o.machinesLate = FailClosed
	}
	if o.machinesLate != FailClosed && o.machinesLate != AllowUntilExpiry {
		return errors.New("authz: MachinesWhenLate takes FailClosed or AllowUntilExpiry")
	}
	return nil
}

// policy is what holds for a role.
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
