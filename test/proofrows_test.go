package test

import (
	"slices"
	"time"

	"user-api/internal/event"
	"user-api/test/kit"
)

// proofs lists all ways to prove an identity. A new one needs a row here: see proof.
var proofs = slices.Concat(firstProofs, factorProofs, keyProofs)

// firstProofs are the rows of first factors.
var firstProofs = []proof{
	{
		name: "a code by phone", by: event.ByCode, routes: []string{"POST /user/login"}, amr: []string{"otp", "sms"}, wayIn: true,
		added: "address_bound:bind-phone", used: "sign_in:code", failed: "sign_in_failed:wrong_code", removed: "address_removed",
		notices: [3]string{"phone_added", "", "phone_removed"}, section: "addresses", exported: `"kind":"phone"`, tables: []string{"user"},
		metric: signIns, pages: []string{"codes.md"}, limit: "verify",
		drive: drive{
			add:    func(w *prover) { bindAddress(w.t, w.app, w.user, byPhone, proverPhone) },
			use:    func(w *prover) kit.Tokens { return w.byCode(byPhone, proverPhone) },
			fail:   func(w *prover) { w.wrongCode(byPhone, proverPhone) },
			remove: func(w *prover) { call(w.app, "DELETE", "/user/phone", w.user.Access, nil).Want(w.t, 200, "") },
		},
	},
	{
		name: "a code by e-mail", by: event.ByCode, routes: []string{"POST /user/login"}, amr: []string{"otp"}, wayIn: true,
		added: "address_bound:bind-email", used: "sign_in:code", failed: "sign_in_failed:wrong_code", removed: "address_removed",
		notices: [3]string{"email_added", "", "email_removed"}, section: "addresses", exported: `"kind":"email"`, tables: []string{"user"},
		metric: signIns, pages: []string{"codes.md"}, limit: "verify",
		drive: drive{
			begin: func(w *prover) kit.Tokens {
				w.by, w.told = byPhone, proverPhone
				user := enroll(w.t, w.app, "q.prover")
				bindAddress(w.t, w.app, user, byPhone, w.told)
				return user
			},
			add:    func(w *prover) { bindAddress(w.t, w.app, w.user, byEmail, proverEmail) },
			use:    func(w *prover) kit.Tokens { return w.byCode(byEmail, proverEmail) },
			fail:   func(w *prover) { w.wrongCode(byEmail, proverEmail) },
			remove: func(w *prover) { call(w.app, "DELETE", "/user/email", w.user.Access, nil).Want(w.t, 200, "") },
		},
	},
	{
		name: "a password", by: event.ByPassword, routes: []string{"POST /user/login"}, amr: []string{"pwd"}, wayIn: true,
		added: "password_changed", used: "sign_in:password", failed: "sign_in_failed:wrong_password",
		notices: [3]string{"password_changed"}, section: "credentials", exported: `"kind":"password"`, tables: []string{"credential"},
		metric: signIns, pages: []string{"accounts.md"}, limit: "password",
		drive: drive{
			begin: func(w *prover) kit.Tokens {
				w.by, w.told = byPhone, proverPhone
				return w.app.SignIn(w.told)
			},
			add: func(w *prover) {
				w.secrets = append(w.secrets, passOne, passTwo)
				call(w.app, "POST", "/user/password", w.user.Access, object{"newPassword": passOne}).Want(w.t, 204, "")
			},
			use: func(w *prover) kit.Tokens {
				signedIn := byPassword(w.app, w.by, w.told, passOne)
				signedIn.Want(w.t, 200, "")
				return signedIn.Tokens()
			},
			fail: func(w *prover) { byPassword(w.app, w.by, w.told, passTwo).Want(w.t, 401, "invalid_credentials") },
		},
	},
	{
		name: "an application's handover", by: event.ByApplication, routes: []string{"POST /oauth/token"}, amr: []string{"otp", "sms"}, wayIn: true,
		used: "sign_in:application", failed: "sign_in_failed", section: "sessions", exported: `"clientId"`, tables: []string{"token"},
		metric: signIns, pages: []string{"oauth.md"}, limit: "machine",
		drive: drive{
			begin: func(w *prover) kit.Tokens {
				w.by, w.told = byPhone, proverPhone
				a := newApp(w.t, w.app, "shop", true, appURL)
				w.keep["client"] = a.id
				return w.handover(a, w.app.SignIn(w.told))
			},
			use: func(w *prover) kit.Tokens {
				return w.handover(w.shop(), w.byCode(w.by, w.told))
			},
			fail: func(w *prover) {
				a := w.shop()
				form := a.form(w.keep["code"]) // used before
				wantGrantError(w.t, "a code that was used", a.tokens(form), "invalid_grant")
				w.secrets = append(w.secrets, w.keep["code"])
			},
		},
	},
}

// shop is the application of the row.
func (w *prover) shop() oauthApp {
	return oauthApp{App: w.app, t: w.t, id: w.keep["client"], redirect: appURL}
}

// handover turns the user's session into one of the application.
func (w *prover) handover(a oauthApp, page kit.Tokens) kit.Tokens {
	w.t.Helper()
	w.keep["code"] = a.code(page.Access)
	answer := a.tokens(a.form(w.keep["code"]))
	answer.Want(w.t, 200, "")
	return kit.Tokens{Access: answer.Text("access_token"), Refresh: answer.Text("refresh_token")}
}

// byCode signs the user in with a code.
func (w *prover) byCode(kind, address string) kit.Tokens {
	w.t.Helper()
	w.app.Advance(time.Minute)
	id, code := codeFor(w.t, w.app, "login", kind, address)
	w.secrets = append(w.secrets, code)
	signedIn := w.app.Post("/user/login", object{"otpId": id, "otp": code})
	signedIn.Want(w.t, 200, "")
	return signedIn.Tokens()
}

// wrongCode submits a wrong code.
func (w *prover) wrongCode(kind, address string) {
	w.t.Helper()
	w.app.Advance(time.Minute)
	id, _ := codeFor(w.t, w.app, "login", kind, address)
	w.app.Post("/user/login", object{"otpId": id, "otp": "0000000000"}).Want(w.t, 401, "otp_invalid")
}
