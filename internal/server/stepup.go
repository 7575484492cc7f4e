package server

// judgedFresh is the prefix of rules that require recent authentication, and judgedFactor
// is contained in those that require the second factor.
const (
	judgedFresh  = "fresh"
	judgedFactor = "the factor"
)

// judged lists the modifying routes behind Session whose use case decides which proof is
// needed in addition to an access token, with the rule; docs/mfa.md has the table. All
// other such routes require recent authentication before anything else.
var judged = map[string]string{
	"DELETE /user/phone":           "fresh",
	"DELETE /user/email":           "fresh",
	"POST /user/phone/otp":         "fresh",
	"POST /user/email/otp":         "fresh",
	"POST /user/phone/verify":      "the code, which was asked for by a fresh proof",
	"POST /user/email/verify":      "the code, which was asked for by a fresh proof",
	"POST /user/password":          "the old password and the factor; fresh without an old one",
	"DELETE /user":                 "the password or a code, and the factor",
	"GET /user/export":             "the factor",
	"PATCH /user/info":             "none: it lets nobody in",
	"PUT /user/avatar":             "none: it lets nobody in",
	"DELETE /user/avatar":          "none: it lets nobody in",
	"DELETE /user/sessions":        "none: it ends access, and must be quick",
	"DELETE /user/sessions/:id":    "none: it ends access, and must be quick",
	"POST /user/totp":              "fresh",
	"DELETE /user/totp":            "fresh",
	"POST /user/recovery-codes":    "fresh",
	"POST /user/totp/confirm":      "a code of the secret, which was asked for by a fresh proof",
	"POST /user/passkeys/options":  "fresh, but for an anonymous user",
	"DELETE /user/passkeys/:id":    "fresh",
	"POST /user/links":             "fresh, but for an anonymous user",
	"DELETE /user/links/:provider": "fresh",
	"POST /user/passkeys":          "what the authenticator has signed, for which a fresh proof was asked",
	"PATCH /user/passkeys/:id":     "none: it lets nobody in",
	"DELETE /user/totp/reset":      "a sign-in by the factor, however old: it keeps what is there",
	"POST /oauth/authorize":        "a sign-in as recent as the application wants, at most ten minutes old",
	"POST /admin/users/:id/ban":    "fresh, as all that administrators change",
	"POST /admin/users/:id/unban":  "fresh",

	"PUT /admin/users/:id/role":         "fresh",
	"PATCH /admin/users/:id/metadata":   "fresh",
	"DELETE /admin/users/:id":           "fresh",
	"DELETE /admin/users/:id/sessions":  "fresh",
	"POST /admin/users/:id/mfa/reset":   "fresh",
	"DELETE /admin/users/:id/mfa/reset": "fresh",
	"POST /admin/invites":               "fresh",
}
