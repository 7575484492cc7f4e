package test

import (
	"user-api/internal/event"
	"user-api/internal/passkey/passkeytest"
	"user-api/test/kit"
)

// keyProofs are the rows of proofs that need neither code nor password.
var keyProofs = []proof{
	{
		name: "a passkey", by: event.ByPasskey, routes: []string{"POST /user/login/passkey", "POST /user/login/passkey/options"},
		managed: []string{"POST /user/passkeys/options", "POST /user/passkeys", "DELETE /user/passkeys/:id"},
		amr:     []string{"hwk", "user"}, wayIn: true, second: true,
		added: "passkey_added", used: "sign_in:passkey", failed: "sign_in_failed:wrong_passkey", removed: "passkey_removed",
		notices: [3]string{"passkey_added", "", "passkey_removed"}, also: []string{"passkey_cloned"},
		section: "passkeys", exported: `"name":"mine"`, tables: []string{"passkey"},
		metric: signIns, pages: []string{"passkeys.md"}, limit: "password",
		drive: drive{
			add: func(w *prover) {
				w.key = passkeytest.New(provablePage, provableDomain)
				w.keep["passkey"] = w.addPasskey(w.t, w.user, w.key, false)
			},
			use: func(w *prover) kit.Tokens {
				in := w.app.Do(w.signs(w.t, w.key, passkeytest.Cheat{}))
				in.Want(w.t, 200, "")
				return in.Tokens()
			},
			fail: func(w *prover) {
				w.app.Do(w.signs(w.t, w.key, flipped)).Want(w.t, 401, "invalid_credentials")
			},
			remove: func(w *prover) {
				call(w.app, "DELETE", "/user/passkeys/"+w.keep["passkey"], w.user.Access, nil).Want(w.t, 204, "")
			},
		},
	},
	{
		name: "an account at another site", by: event.BySocial, routes: []string{"POST /user/login/social", "POST /user/login/social/:provider/callback"},
		managed: []string{"POST /user/links", "DELETE /user/links/:provider"}, wayIn: true,
		added: "link_added", used: "sign_in:social", failed: "sign_in_failed:wrong_token", removed: "link_removed",
		notices: [3]string{"link_added", "", "link_removed"}, section: "links", exported: `"provider":"google"`, tables: []string{"link"},
		metric: signIns, pages: []string{"links.md"}, limit: "password",
		drive: drive{
			add: func(w *prover) { w.links(w.user, w.google.IDToken("q-at-google", nil)).Want(w.t, 200, "") },
			use: func(w *prover) kit.Tokens {
				token := w.google.IDToken("q-at-google", nil)
				w.secrets = append(w.secrets, token)
				in := w.app.Do(bySite(token))
				in.Want(w.t, 200, "")
				return in.Tokens()
			},
			fail: func(w *prover) {
				foreign := w.work.IDToken("q-at-google", nil) // of another issuer
				w.app.Do(bySite(foreign)).Want(w.t, 401, "invalid_credentials")
			},
			remove: func(w *prover) { call(w.app, "DELETE", "/user/links/google", w.user.Access, nil).Want(w.t, 204, "") },
		},
	},
	{
		// Adding it creates the user, and it can only be removed if another way to sign in
		// is left.
		name: "an anonymous user's session", by: event.ByAnonymous, routes: []string{"POST /user/anonymous"},
		removed: "anonymous_upgraded", notices: [3]string{"", "", "email_added"}, section: "user", exported: `"anonymous":true`, tables: []string{"user"},
		metric: signIns, pages: []string{"anonymous.md"}, limit: "register",
		drive: drive{
			begin: func(w *prover) kit.Tokens { return nobody(w.t, w.app) },
			use: func(w *prover) kit.Tokens {
				for _, made := range []string{"anonymous_created", "sign_in:anonymous"} {
					w.app.Await(made, func() bool { return w.events(made) == 1 })
				}
				return w.user
			},
			fail: func(w *prover) {
				w.app.Beside(kit.Option("Accounts: {Anonymous: false}")).Post("/user/anonymous", object{}).Want(w.t, 404, "not_found")
			},
			remove: func(w *prover) { bindAddress(w.t, w.app, w.user, byEmail, w.told) },
		},
	},
}
