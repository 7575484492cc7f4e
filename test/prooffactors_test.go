package test

import (
	"time"

	"user-api/internal/event"
	"user-api/test/kit"
)

// factorProofs are the rows of second factors.
var factorProofs = []proof{
	{
		name: "an authenticator app", by: event.ByTotp, routes: []string{"POST /user/login/mfa", "POST /user/login/mfa/enroll"},
		managed: []string{"POST /user/totp", "POST /user/totp/confirm", "DELETE /user/totp"},
		amr:     []string{"pwd", "otp", "mfa"}, second: true,
		added: "totp_added", used: "sign_in:totp", failed: "second_factor_failed:wrong_second_factor", removed: "totp_removed",
		notices: [3]string{"totp_added", "", "totp_removed"}, section: "mfa", exported: `"totpSince"`, tables: []string{"mfa", "recovery_code"},
		also:   []string{"mfa_reset_asked", "mfa_reset"},
		metric: signIns, pages: []string{"mfa.md"}, limit: "second_factor",
		drive: drive{
			add: func(w *prover) { w.addTotp() },
			use: func(w *prover) kit.Tokens {
				return w.second(object{"totp": totpCode(w.t, w.app, w.keep["totp"], 0)})
			},
			fail: func(w *prover) {
				w.app.Advance(time.Minute)
				w.trySecond(object{"totp": "000000"}).Want(w.t, 401, "otp_invalid")
			},
			remove: func(w *prover) { call(w.app, "DELETE", "/user/totp", w.user.Access, nil).Want(w.t, 204, "") },
		},
	},
	{
		name: "recovery codes", by: event.ByRecoveryCode, routes: []string{"POST /user/login/mfa"}, managed: []string{"POST /user/recovery-codes"}, amr: []string{"pwd", "otp", "mfa"}, second: true,
		added: "recovery_codes_made", used: "sign_in:recovery_code", failed: "second_factor_failed:wrong_second_factor",
		notices: [3]string{"recovery_codes_made", "recovery_code_used"}, section: "mfa", exported: `"recoveryCodes":[{`,
		tables: []string{"mfa", "recovery_code"}, metric: signIns, pages: []string{"mfa.md"}, limit: "second_factor",
		drive: drive{
			begin: func(w *prover) kit.Tokens {
				w.user = named(w)
				w.addTotp()
				w.app.Advance(time.Minute)
				return w.second(object{"totp": totpCode(w.t, w.app, w.keep["totp"], 0)})
			},
			add: func(w *prover) {
				made := call(w.app, "POST", "/user/recovery-codes", w.user.Access, nil)
				made.Want(w.t, 200, "")
				w.codes = w.codes[:0]
				for _, code := range made.JSON["recoveryCodes"].([]any) {
					w.codes = append(w.codes, code.(string))
				}
				w.secrets = append(w.secrets, w.codes...)
			},
			use:  func(w *prover) kit.Tokens { return w.second(object{"recoveryCode": w.codes[3]}) },
			fail: func(w *prover) { w.trySecond(object{"recoveryCode": w.codes[3]}).Want(w.t, 401, "otp_invalid") }, // used before
		},
	},
}

// addTotp sets up an authenticator app.
func (w *prover) addTotp() {
	w.t.Helper()
	secret, codes := enrolled(w.t, w.app, w.user.Access)
	w.keep["totp"], w.codes = secret, codes
	w.secrets = append(append(w.secrets, secret), codes...)
}

// trySecond submits the password and then a second factor.
func (w *prover) trySecond(factor object) kit.Response {
	w.t.Helper()
	first := byPassword(w.app, "username", "q.prover", passOne)
	first.Want(w.t, 401, "mfa_required")
	w.secrets = append(w.secrets, first.Text("mfaToken"))
	factor["mfaToken"] = first.Text("mfaToken")
	return w.app.Post("/user/login/mfa", factor)
}

// second signs in with the password and a second factor.
func (w *prover) second(factor object) kit.Tokens {
	w.t.Helper()
	in := w.trySecond(factor)
	in.Want(w.t, 200, "")
	return in.Tokens()
}
