// Package metrics asks the service for everything that nobody has thought of, and looks
// whether its metrics stay few.
package metrics

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/prometheus/client_golang/prometheus"
	gozero "github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/config"
	"user-api/internal/event"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// values are what labels may hold: a closed list, or what the build or the routes are.
var values = map[string]*regexp.Regexp{
	"by":       words(ways()...),
	"category": words("authentication", "authentication-international", "utility", "marketing", "service", "other"),
	"channel":  words("sms", "whatsapp", "voice", "email", "unknown"),
	"code":     regexp.MustCompile(`^[1-5][0-9][0-9]$`),
	"country":  words(append(regions(), "001", "none")...),
	"currency": regexp.MustCompile(`^[A-Z]{3}$`),
	"factor":   words("totp", "recovery_code"),
	"for":      words("set", "verify"),
	"go":       regexp.MustCompile(`^go[0-9.]+`),
	"kind":     words(kinds()...),
	"level":    words("soft", "hard"),
	"limit": words("account", "act", "address", "block", "budget", "captcha", "client", "conversion", "cooldown", "country", "global",
		"locked", "lookup", "mails", "notices", "password", "refresh", "refused", "register", "rename", "verify"),
	"method":   words(http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete),
	"notice":   regexp.MustCompile(`^[a-z_]{1,40}$`), // names of texts
	"op":       words("read", "write", "transaction", "command", "pipeline"),
	"outcome":  regexp.MustCompile(`^[a-z]{3,12}$`), // constants of the code
	"part":     words("database", "redis", "migrations", "queue", "eviction"),
	"path":     regexp.MustCompile(`^(/[a-z.:]+[A-Za-z]*)+$`), // the patterns of routes
	"provider": words(append(providers(), "none", "unknown")...),
	"reason":   regexp.MustCompile(`^[a-z_]{3,24}$`), // constants of the code
	"revision": regexp.MustCompile(`^([0-9a-f]{40}|unknown)$`),
	"scope":    words("block", "country"),
	"state":    words("ok", "read_only", "down", "waiting", "running", "later", "active", "previous", "revoked", "standby"),
	"status":   words("sent", "delivered", "failed"),
	"store":    words("database", "redis"),
	"table":    words("delivery", "event", "failure", "notice"),
	"version":  regexp.MustCompile(`^[!-~]{1,128}$`),
}

func words(all ...string) *regexp.Regexp {
	for i := range all {
		all[i] = regexp.QuoteMeta(all[i])
	}
	return regexp.MustCompile("^(" + strings.Join(all, "|") + ")$")
}

func regions() (all []string) {
	for region := range phonenumbers.GetSupportedRegions() {
		all = append(all, region)
	}
	return all
}

func kinds() (all []string) {
	for kind := range event.Kinds {
		all = append(all, string(kind))
	}
	return all
}

// ways are the proofs that sessions are opened by.
func ways() []string {
	return []string{
		string(event.ByAnonymous), string(event.ByApplication), string(event.ByCode), string(event.ByPasskey), string(event.ByPassword),
		string(event.ByRecoveryCode), string(event.BySocial), string(event.ByTotp),
	}
}

func providers() (all []string) {
	for _, p := range config.Providers() {
		all = append(all, p.Name)
	}
	return all
}

// series are all that is exported of the service and of its routes, and a complaint of
// each label whose value is on no list.
func series(t *testing.T) map[string]bool {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, family := range families {
		if !strings.HasPrefix(family.GetName(), "user_api_") && !strings.HasPrefix(family.GetName(), "http_server_") {
			continue
		}
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, l := range m.GetLabel() {
				if want := values[l.GetName()]; want == nil || !want.MatchString(l.GetValue()) {
					t.Errorf("%s: label %s is %q, which is on no list", family.GetName(), l.GetName(), l.GetValue())
				}
				name += "," + l.GetName() + "=" + l.GetValue()
			}
			all[name] = true
		}
	}
	return all
}

// strange asks in the way of a client who wants to be noticed: all that a request can
// name has a value of its own.
func strange(app *kit.App, n int) {
	odd := fmt.Sprintf("x%dy%x", n, rand.Uint64())
	do := func(method, path string, header map[string]string, body any) {
		app.Do(kit.Request{Method: method, Path: path, Header: header, Body: body})
	}
	do("GET", "/"+odd, nil, nil)
	do("GET", "/user/check/"+odd, nil, nil)
	do("BREW", "/user/otp", nil, nil)
	do("POST", "/webhook/"+odd+"/status", nil, map[string]any{"statuses": odd})
	do("POST", "/webhook/twilio/status?ref="+odd, nil, map[string]any{"ErrorCode": odd, "MessageStatus": odd})
	do("GET", "/user/otp/"+odd, nil, nil)
	for _, field := range []string{"purpose", "channel", "region", "locale", "captcha", "otpId"} {
		do("POST", "/user/otp", map[string]string{"Idempotency-Key": odd, "X-Request-Id": odd}, map[string]any{"phone": "+919876543210", field: odd})
	}
	do("POST", "/user/otp", nil, map[string]any{"email": odd + "@" + odd + ".example"})
	do("POST", "/user/otp", nil, map[string]any{"phone": "+91" + fmt.Sprint(9000000000+rand.IntN(1e9))})
	do("POST", "/user/login", nil, map[string]any{"username": odd, "password": odd + odd})
	do("POST", "/user/register", nil, map[string]any{"username": odd, "password": odd + "-long-enough"})
	do("POST", "/user/refresh", nil, map[string]any{"refreshToken": odd})
	do("GET", "/user/info", map[string]string{"Authorization": "Bearer " + odd}, nil)
	do("GET", "/user/info", map[string]string{"Authorization": odd}, nil)
}

// A client cannot make a series: what was not there after the first odd requests is not
// there after many more of other words.
func TestLabels(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	gozero.Enable()
	app := kit.New(t, kit.Embedded)
	app.SignIn("+919876543211")
	for n := range 12 {
		strange(app, n)
	}
	before := series(t)
	for n := range 60 {
		strange(app, 100+n)
	}
	if after := series(t); len(after) > len(before)+slack {
		for name := range after {
			if !before[name] {
				t.Errorf("made by a client: %s", name)
			}
		}
	}
	if len(before) < 25 {
		t.Errorf("only %d series: nothing is counted", len(before))
	}
}

// slack is for series of the closed lists that come late, as the code 429 of a route or
// the outcome of a message under way: each odd word would make 60.
const slack = 20
