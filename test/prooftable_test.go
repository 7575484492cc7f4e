package test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	gozero "github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/channel"
	"user-api/internal/delivery/template"
	"user-api/internal/event"
	"user-api/test/kit"
)

type (
	// proof is a way in which users prove their identity, and what the rest of the service
	// knows about it. TestProofs runs each row of proofs against the service.
	proof struct {
		name string
		// by lists its names in the audit trail: the reason of the event for its use. Each
		// needs a row.
		by event.Reason
		// routes lists where it is used to sign in, managed where it is added and removed.
		routes, managed []string
		// amr lists the authentication methods of a session opened with it, by RFC 8176.
		amr []string
		// wayIn reports that it signs in on its own; second, that it completes a sign-in.
		wayIn, second bool
		// added, used, failed and removed are events, "type" or "type:reason". The last is
		// empty if it is only removed with the account.
		added, used, failed, removed string
		// notices lists the notices for adding, using and removing it, or "" for none; also
		// lists further notices about it.
		notices [3]string
		also    []string
		// section is the member of the export that contains it, and exported its text
		// there.
		section, exported string
		// tables lists the tables with its data, which are empty once the user is erased.
		tables []string
		// metric counts its use.
		metric string
		// pages lists the documents about it, and limit is the row of docs/guard.md that
		// limits the attempts.
		pages []string
		limit string

		drive drive
	}

	// drive runs the steps for one user. begin creates the account and add the proof; use
	// signs in with it and returns the session; fail uses a wrong one; remove removes it,
	// or is nil. All but use may be nil if begin has done it.
	drive struct {
		begin, use        func(*prover) kit.Tokens
		add, fail, remove func(*prover)
	}
)

// told lists the notices of the proof.
func (p proof) told() []string { return append(p.notices[:], p.also...) }

// noProof lists tables with data of users that belong to no proof, with what they contain.
var noProof = map[string]string{
	"avatar":     "a picture",
	"delivery":   "messages",
	"event":      "the trail of all that happens",
	"failure":    "wrong codes of an address",
	"origin":     "where the account was imported from",
	"profile":    "what the user says of himself",
	"revocation": "which sessions have ended",
	"webhook":    "what other services are told",
}

// otherNotices lists notices that are not about adding, using or removing a proof, with
// what they are about.
var otherNotices = map[string]string{
	"email_replaced":       "another address in the place of one",
	"phone_replaced":       "another address in the place of one",
	"password_reset":       "a new password without the old one",
	"password_reset_asked": "a new password that waits",
	"sign_in":              "any proof, from a new network",
}

// served lists the existing routes, as "POST /user/login".
func served(t *testing.T) (all []string) {
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			all = append(all, r.String())
		}
	}
	return all
}

// repoFile reads a file of the repository.
func repoFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every way to sign in, every sign-in route, every table with user data and every notice
// belongs to a row, or is on a list that says what else it belongs to.
func TestProofs_complete(t *testing.T) {
	has := func(what string, rows func(proof) []string, want string) {
		t.Helper()
		if !slices.ContainsFunc(proofs, func(p proof) bool { return slices.Contains(rows(p), want) }) {
			t.Errorf("%s %s has no row among the proofs", what, want)
		}
	}
	ways := regexp.MustCompile(`(?m)^\t(By\w+) +Reason = "([a-z_]+)"`).FindAllStringSubmatch(repoFile(t, "internal/event/kinds.go"), -1)
	if len(ways) < 3 {
		t.Fatalf("found only the ways %v", ways)
	}
	for _, way := range ways {
		has("event."+way[1], func(p proof) []string { return []string{string(p.by)} }, way[2])
	}
	for name := range template.Notices {
		if otherNotices[name] == "" {
			has("the notice", proof.told, name)
		}
	}
	all := served(t)
	for _, p := range proofs {
		for _, r := range slices.Concat(p.routes, p.managed) {
			if !slices.Contains(all, r) {
				t.Errorf("%s: there is no route %s", p.name, r)
			}
		}
	}
	for _, r := range all {
		if strings.HasPrefix(r, "POST /user/login") {
			has("the route", func(p proof) []string { return p.routes }, r)
		}
	}
	tables := openStores(t, kit.New(t, kit.Embedded)).personal()
	for table := range tables {
		if noProof[table] == "" {
			has("the table", func(p proof) []string { return p.tables }, table)
		}
	}
	for _, p := range proofs {
		for _, table := range p.tables {
			if tables[table] == nil || noProof[table] != "" {
				t.Errorf("%s: the table %s does not exist, or is listed in noProof", p.name, table)
			}
		}
	}
}

// Everything that a row names exists: events and notices, texts in every language, the
// metric, the limit, and a page that names its routes.
func TestProofs_named(t *testing.T) {
	texts, err := template.New(template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	metrics, limits, index := repoFile(t, "docs/metrics.md"), repoFile(t, "docs/guard.md"), repoFile(t, "docs/README.md")
	for _, p := range proofs {
		if p.second && !p.wayIn && !slices.Contains(p.amr, "mfa") {
			t.Errorf("%s completes a sign-in, but its sessions have %v", p.name, p.amr)
		}
		for _, what := range []string{p.added, p.used, p.failed, p.removed} {
			kind, reason, _ := strings.Cut(what, ":")
			if _, known := event.Kinds[event.Kind(kind)]; what != "" && (!known || reason != "" && !slices.Contains(event.Reasons, event.Reason(reason))) {
				t.Errorf("%s: %q is no event", p.name, what)
			}
		}
		for _, notice := range p.told() {
			for _, lang := range texts.Languages() {
				if m := texts.Render(template.Request{App: "Acme", Channel: channel.SMS, Locale: lang, Notice: notice}); notice != "" && (m.Text == "" || m.Language != lang) {
					t.Errorf("%s: the notice %s has no text in %s", p.name, notice, lang)
				}
			}
		}
		if !strings.Contains(metrics, "| `"+p.metric+"` |") {
			t.Errorf("%s: docs/metrics.md has no %s", p.name, p.metric)
		}
		if !strings.Contains(limits, "| `"+p.limit+"` |") {
			t.Errorf("%s: docs/guard.md has no limit %s", p.name, p.limit)
		}
		told := ""
		for _, page := range p.pages {
			told += repoFile(t, "docs/"+page)
			if !strings.Contains(index, "("+page+")") {
				t.Errorf("%s: docs/README.md has no link to %s", p.name, page)
			}
		}
		for _, route := range slices.Concat(p.routes, p.managed) {
			_, path, _ := strings.Cut(route, " ")
			if path, _, _ = strings.Cut(path, "/:"); !strings.Contains(told, path) {
				t.Errorf("%s: %v do not name %s", p.name, p.pages, path)
			}
		}
	}
}

// Each proof is handled everywhere it has to be, from adding it until the account is
// erased.
func TestProofs(t *testing.T) {
	gozero.Enable()
	for _, p := range proofs {
		t.Run(p.name, func(t *testing.T) {
			eachProvable(t, func(t *testing.T, s *provable) { walk(t, s, p) })
		})
	}
}

// walk adds, uses, fails and removes the proof, adds it again and erases the account.
func walk(t *testing.T, s *provable, p proof) {
	w := newProver(t, s, p)
	w.step("adding", p.added, p.notices[0], func() {
		if p.drive.add != nil {
			p.drive.add(w)
		}
	})
	w.exports(true)
	w.holds(true)
	w.step("using", p.used, p.notices[1], func() {
		w.app.Advance(time.Minute) // longer than any cooldown
		session := p.drive.use(w)
		if amr := payload(t, session.Access)["amr"]; jsonText(amr) != jsonText(p.amr) {
			t.Errorf("its session has amr %v, want %v", amr, p.amr)
		}
		w.user = session
	})
	if p.metric == signIns && labelled(t, signIns, string(p.by)) == 0 {
		t.Errorf("%s does not count %s", signIns, p.by)
	}
	w.step("failing", p.failed, "", func() { p.drive.fail(w) })
	if p.drive.remove != nil {
		w.step("removing", p.removed, p.notices[2], func() { p.drive.remove(w) })
		w.exports(false)
	}
	if p.drive.remove != nil && p.drive.add != nil {
		w.step("adding it again", p.added, p.notices[0], func() {
			w.app.Advance(time.Minute)
			p.drive.add(w)
		})
	}
	w.hides()
	w.leave()
	w.holds(false)
	w.hides()
}

// signIns counts sessions by the way their users signed in.
const signIns = "user_api_sign_ins_total"

// labelled returns the sum of a counter for a value of its label, over all tests.
func labelled(t *testing.T, name, value string) (sum float64) {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && m.GetLabel()[0].GetValue() == value {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}
