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
	// proof is a way in which users prove who they are, and what the rest of the service
	// knows of it. proofs has a row for each; TestProofs drives the service by it.
	proof struct {
		name string
		// by are its words for the audit trail: the reason of the event that says it was
		// used. None is left without a row.
		by event.Reason
		// routes are where it is used to sign in, managed where it is added and removed.
		routes, managed []string
		// amr are the words of a session that it opened, by RFC 8176.
		amr []string
		// wayIn says that one signs in by it; second, that it completes a sign-in.
		wayIn, second bool
		// added, used, failed and removed are events, "type" or "type:reason". The last is
		// empty for what only goes with the account.
		added, used, failed, removed string
		// notices are told when it is added, used and removed; an empty one is none. also are
		// others that are about it.
		notices [3]string
		also    []string
		// section is the member of the export that has it, and exported what it then says.
		section, exported string
		// tables hold something of it, about the user, and nothing once he is erased.
		tables []string
		// metric counts its use.
		metric string
		// pages tell people about it, and limit is the row of docs/guard.md that bounds the
		// tries.
		pages []string
		limit string

		drive drive
	}

	// drive asks the service. Each step is of the same user. begin makes the account and
	// add gives it the proof; use signs in by it and returns the session; fail tries it in
	// vain; remove takes it away, or is nil. All but use may be nil where begin has done it.
	drive struct {
		begin, use        func(*prover) kit.Tokens
		add, fail, remove func(*prover)
	}
)

// told are the notices of the proof.
func (p proof) told() []string { return append(p.notices[:], p.also...) }

// noProof are tables that have something of users, and of no proof, each for what it is.
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

// otherNotices are notices of no proof that is added, used or removed, each for what it is
// of.
var otherNotices = map[string]string{
	"email_replaced":       "another address in the place of one",
	"phone_replaced":       "another address in the place of one",
	"password_reset":       "a new password without the old one",
	"password_reset_asked": "a new password that waits",
	"sign_in":              "any proof, from a new network",
}

// served are the routes that there are, as "POST /user/login".
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

// Every way to sign in, every route to sign in at, every table with something of users and
// every notice is of a row, or on a list that says of what else it is.
func TestProofs_complete(t *testing.T) {
	has := func(what string, rows func(proof) []string, want string) {
		t.Helper()
		if !slices.ContainsFunc(proofs, func(p proof) bool { return slices.Contains(rows(p), want) }) {
			t.Errorf("%s %s has no row among the proofs", what, want)
		}
	}
	ways := regexp.MustCompile(`(?m)^\t(By\w+) +Reason = "([a-z_]+)"`).FindAllStringSubmatch(repoFile(t, "internal/event/kinds.go"), -1)
	if len(ways) < 3 {
		t.Fatalf("only the ways %v", ways)
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
				t.Errorf("%s: the table %s is not there, or is on the list of those of no proof", p.name, table)
			}
		}
	}
}

// What a row names is there: events and notices, texts in every language, the metric, the
// limit, and a page that tells of its routes.
func TestProofs_named(t *testing.T) {
	texts, err := template.New(template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	metrics, limits, index := repoFile(t, "docs/metrics.md"), repoFile(t, "docs/guard.md"), repoFile(t, "docs/README.md")
	for _, p := range proofs {
		if p.second && !p.wayIn && !slices.Contains(p.amr, "mfa") {
			t.Errorf("%s completes a sign-in, and its sessions have %v", p.name, p.amr)
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
				t.Errorf("%s: docs/README.md does not lead to %s", p.name, page)
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

// The service knows each proof wherever it has to: from the day it is added until the
// account is erased.
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
		w.app.Advance(time.Minute) // beyond any cooldown
		session := p.drive.use(w)
		if amr := payload(t, session.Access)["amr"]; jsonText(amr) != jsonText(p.amr) {
			t.Errorf("a session by it has amr %v, want %v", amr, p.amr)
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

// signIns counts sessions by what their users were proven by.
const signIns = "user_api_sign_ins_total"

// labelled is what a counter has with a value of its label, over all tests.
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
