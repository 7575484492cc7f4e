package test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/passkey/passkeytest"
	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const proverEmail, proverPhone = "q.prover@example.com", "+919876543466"

// prover is a user for the lifetime of a proof.
type prover struct {
	t   *testing.T
	app *kit.App
	proof
	stores *stores
	*provable
	key   *passkeytest.Authenticator
	admin kit.Tokens
	// user is the session that sends the requests; id is its user.
	user kit.Tokens
	id   int64
	// told is the address, of the kind by, that receives notices.
	by, told string
	// secrets must not be stored anywhere in clear text.
	secrets []string
	// codes are the recovery codes.
	codes []string
	// keep stores values between the steps of a row's drive.
	keep map[string]string
}

// provable is a service on which every proof works, with the providers google and work.
type provable struct {
	*kit.App
	google, work *socialtest.Issuer
}

// The page and the domain of passkeys.
const (
	provablePage   = "https://login.example.com"
	provableDomain = "example.com"
)

// eachProvable runs a scenario on every pair of stores.
func eachProvable(t *testing.T, scenario func(*testing.T, *provable)) {
	t.Helper()
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			s := &provable{}
			now := func() time.Time { return s.Clock.Now() }
			s.google, s.work = socialtest.New(t, now), socialtest.New(t, now)
			s.App = kit.New(t, backend, withIssuer, "Accounts: {Anonymous: true}",
				kit.Option(fmt.Sprintf("Passkeys: {RpId: %s, Origins: [%q]}", provableDomain, provablePage)),
				kit.Option(fmt.Sprintf("Social: {Providers: [{Name: google, Kind: oidc, Issuer: %q, ClientId: %q, ClientSecret: %q, AllowPrivate: true}]}",
					s.google.URL, socialtest.ClientID, socialtest.Secret)))
			scenario(t, s)
		})
	}
}

// addPasskey creates a passkey for a user, and registers it unless the authenticator keeps
// it.
func (s *provable) addPasskey(t *testing.T, user kit.Tokens, key *passkeytest.Authenticator, keep bool) (id string) {
	t.Helper()
	credential := key.Create(publicKey(t, call(s.App, "POST", "/user/passkeys/options", user.Access, nil)), passkeytest.Cheat{})
	if keep {
		return ""
	}
	added := call(s.App, "POST", "/user/passkeys", user.Access, object{"credential": credential, "name": "mine"})
	added.Want(t, 200, "")
	return added.Text("id")
}

// signs returns the request with which an authenticator signs its user in.
func (s *provable) signs(t *testing.T, key *passkeytest.Authenticator, cheat passkeytest.Cheat) kit.Request {
	t.Helper()
	options := publicKey(t, s.Post("/user/login/passkey/options", object{}))
	return post("/user/login/passkey", object{"credential": key.Get(options, cheat)})
}

// publicKey returns the options for an authenticator.
func publicKey(t *testing.T, r kit.Response) json.RawMessage {
	t.Helper()
	r.Want(t, 200, "")
	options, err := json.Marshal(r.JSON["publicKey"])
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// links links a google account.
func (s *provable) links(user kit.Tokens, idToken string) kit.Response {
	return call(s.App, "POST", "/user/links", user.Access, object{"provider": "google", "idToken": idToken})
}

// bySite returns the sign-in with an id_token of google.
func bySite(idToken string) kit.Request {
	return post("/user/login/social", object{"provider": "google", "idToken": idToken})
}

// newProver creates the user, who reads German and gets notices at a separate address.
func newProver(t *testing.T, s *provable, p proof) *prover {
	t.Helper()
	app := s.App
	w := &prover{t: t, app: app, provable: s, proof: p, stores: openStores(t, app), keep: map[string]string{}, by: byEmail, told: proverEmail}
	w.admin, _ = asAdmin(t, app)
	begin := named
	if p.drive.begin != nil {
		begin = p.drive.begin
	}
	w.user = begin(w)
	w.id = idOf(app, w.user)
	patchInfo(app, w.user, `{"locale":"de"}`).Want(t, 200, "")
	return w
}

// named begins with a username, passOne and an e-mail address.
func named(w *prover) kit.Tokens {
	user := enroll(w.t, w.app, "q.prover")
	bindAddress(w.t, w.app, user, byEmail, w.told)
	return user
}

// step runs an action and checks its event in the trail and its notice.
func (w *prover) step(what, want, notice string, do func()) {
	w.t.Helper()
	before, told := w.events(want), w.notices(notice)
	do()
	if want != "" {
		w.app.Await(what+": the event "+want, func() bool { return w.events(want) > before })
	}
	if notice != "" {
		w.app.Await(what+": the notice "+notice, func() bool { return w.notices(notice) > told })
	}
	w.app.Advance(time.Second) // at most one refusal per second is recorded
}

// events counts the events of the user of a "type" or "type:reason".
func (w *prover) events(want string) (n int) {
	w.t.Helper()
	kind, reason, _ := strings.Cut(want, ":")
	if want == "" || w.id == 0 {
		return 0
	}
	err := w.stores.db.QueryRow("SELECT COUNT(*) FROM `event` WHERE `user_id` IN (0, ?) AND `type` = ? AND (`reason` = ? OR ? = '')", w.id, kind, reason, reason).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// notices counts the messages to the user that are a notice, in German.
func (w *prover) notices(name string) (n int) {
	w.t.Helper()
	if name == "" {
		return 0
	}
	texts, err := template.New(template.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	by := channel.Email
	if w.by == byPhone {
		by = channel.SMS
	}
	want := texts.Render(template.Request{App: w.app.Config.AppName(), Channel: by, Locale: "de", Notice: name}).Text
	for _, message := range messagesTo(w.app, w.told) {
		if strings.TrimSpace(message["body"].(string)) == strings.TrimSpace(want) {
			n++
		}
	}
	return n
}

// exports checks that the export has the proof, or no longer has it.
func (w *prover) exports(want bool) {
	w.t.Helper()
	export := w.app.Get("/user/export", w.user.Access)
	export.Want(w.t, 200, "")
	wantSchema(w.t, export.Body)
	if got := strings.Contains(jsonText(export.JSON[w.section]), w.exported); got != want {
		w.t.Errorf("the export's %s contains %s: %t, want %t: %s", w.section, w.exported, got, want, jsonText(export.JSON[w.section]))
	}
	for _, secret := range w.secrets {
		if strings.Contains(string(export.Body), secret) {
			w.t.Errorf("the export contains the secret %.8s…", secret)
		}
	}
}

// holds checks that the tables of the proof have rows of the user, or that none has, except
// those that keep them for a reason.
func (w *prover) holds(want bool) {
	w.t.Helper()
	for table, columns := range w.stores.personal() {
		rows := 0
		for _, column := range columns {
			var n int
			query := fmt.Sprintf("SELECT COUNT(*) FROM `%s` WHERE CAST(`%s` AS CHAR) IN (?, ?)", table, column)
			if err := w.stores.db.QueryRow(query, fmt.Sprint(w.id), w.told).Scan(&n); err != nil {
				w.t.Fatal(err)
			}
			rows += n
		}
		switch own := slices.Contains(w.tables, table); {
		case want && own && rows == 0:
			w.t.Errorf("the table %s has no row of the user, so the test cannot show that it is erased", table)
		case !want && rows > 0 && notErased[table] == "":
			w.t.Errorf("%d rows of %s belong to the user after the account was erased", rows, table)
		}
	}
}

// hides checks that no secret of the proof is in a store or in the log.
func (w *prover) hides() {
	w.t.Helper()
	var kept strings.Builder
	for table := range w.stores.tables() {
		kept.WriteString(w.stores.table(table))
	}
	kept.WriteString(w.stores.redisText())
	for _, secret := range w.secrets {
		if strings.Contains(kept.String(), secret) {
			w.t.Errorf("a store contains the secret %.8s…", secret)
		}
	}
	wantUnlogged(w.t, w.secrets...)
}

// leave erases the account as an administrator, which needs no proof of the user.
func (w *prover) leave() {
	w.t.Helper()
	w.step("erasing", "account_deleted", "", func() {
		as(w.app, w.admin.Access, "DELETE", replaceID("/admin/users/:id", w.id), nil).Want(w.t, 204, "")
	})
	w.stores.settle()
}
