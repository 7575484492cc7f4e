package server

// freshRule is the prefix of rules that require recent authentication, and factorRule
// is contained in those that require the second factor.
const (
	freshRule  = "fresh"
	factorRule = "the factor"
)

// rules lists the modifying routes behind Session whose use case decides which proof is
// needed in addition to an access token, with the rule; docs/mfa.md has the table. All
// other such routes require recent authentication before anything else.
var rules = map[string]string{
	"DELETE /user/phone":           "fresh",
	"DELETE /user/email":           "fresh",
	"POST /user/phone/otp":         "fresh",
	"POST /user/email/otp":         "fresh",
	"POST /user/phone/verify":      "the code, whose request was fresh",
	"POST /user/email/verify":      "the code, whose request was fresh",
	"POST /user/password":          "the old password and the factor; fresh without an old one",
	"DELETE /user":                 "the password or a code, and the factor",
	"GET /user/export":             "the factor",
	"PATCH /user/info":             "none: grants no access",
	"PUT /user/avatar":             "none: grants no access",
	"DELETE /user/avatar":          "none: grants no access",
	"DELETE /user/sessions":        "none: only ends access, and must be quick",
	"DELETE /user/sessions/:id":    "none: only ends access, and must be quick",
	"POST /user/totp":              "fresh",
	"DELETE /user/totp":            "fresh",
	"POST /user/recovery-codes":    "fresh",
	"POST /user/totp/confirm":      "a code of the secret, whose creation was fresh",
	"POST /user/passkeys/options":  "fresh, except for an anonymous user",
	"DELETE /user/passkeys/:id":    "fresh",
	"POST /user/links":             "fresh, except for an anonymous user",
	"DELETE /user/links/:provider": "fresh",
	"POST /user/passkeys":          "a signature of the authenticator, whose options were fresh",
	"PATCH /user/passkeys/:id":     "none: grants no access",
	"DELETE /user/totp/reset":      "a sign-in with the factor, of any age: it only cancels a reset",
	"POST /oauth/authorize":        "a sign-in as recent as the application requires, at most ten minutes old",
	"POST /admin/users/:id/ban":    "fresh, like all changes by administrators",
	"POST /admin/users/:id/unban":  "fresh",

	"PUT /admin/users/:id/role":         "fresh",
	"PATCH /admin/users/:id/metadata":   "fresh",
	"DELETE /admin/users/:id":           "fresh",
	"DELETE /admin/users/:id/sessions":  "fresh",
	"POST /admin/users/:id/mfa/reset":   "fresh",
	"DELETE /admin/users/:id/mfa/reset": "fresh",
	"POST /admin/invites":               "fresh",
}
