package webhook_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/internal/event"
	"user-api/internal/webhook"
	"user-api/model"
)

const pageFile = "../../docs/webhooks.md"

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The receiver in the documentation is the one that is tested here.
func TestPage_receiver(t *testing.T) {
	source, err := os.ReadFile("receiver_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "// begin: the receiver of docs/webhooks.md.\n")
	code, _, _ = strings.Cut(code, "// end.\n")
	if !strings.Contains(page(t), "```go\n"+strings.TrimSpace(code)+"\n```") {
		t.Errorf("%s does not have the receiver of receiver_test.go", pageFile)
	}
}

// The page has a row for every kind and no other, and mentions every reason.
func TestPage_kinds(t *testing.T) {
	text := page(t)
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z_]+)` \\|").FindAllStringSubmatch(text, -1) {
		listed[row[1]] = true
	}
	for _, kind := range append([]string{webhook.TestKind}, model.OutboxKinds...) {
		if !listed[kind] {
			t.Errorf("%s lacks %s", pageFile, kind)
		}
		delete(listed, kind)
	}
	for kind := range listed {
		t.Errorf("%s has %s, which is not a kind", pageFile, kind)
	}
	for _, reason := range []string{
		model.EndedBySignOut, model.EndedByUser, model.EndedByLimit, model.EndedByReuse, model.EndedByBan, model.EndedByPassword,
		model.EndedByAddress, model.EndedByOperator, model.Erased, model.Refused, model.Imported,
	} {
		if !strings.Contains(text, "`"+reason+"`") {
			t.Errorf("%s lacks the reason %s", pageFile, reason)
		}
	}
	if len(event.Kinds) == 0 {
		t.Error("no kinds of events")
	}
}

// The receiver accepts only what is sent to it, including during a change of the secret. An
// event that it fails to handle is sent again.
func TestReceiver(t *testing.T) {
	other := []byte("another key of 24 bytes.")
	secret := func(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }
	for name, c := range map[string]struct {
		secret string
		keys   [][]byte
		off    time.Duration
		taken  bool
	}{
		"its secret":                {secret(key), [][]byte{key}, 0, true},
		"the new one of two":        {secret(other), [][]byte{other, key}, 0, true},
		"the old one of two":        {secret(key), [][]byte{other, key}, 0, true},
		"another secret":            {secret(other), [][]byte{key}, 0, false},
		"a clock 4 minutes fast":    {secret(key), [][]byte{key}, 4 * time.Minute, true},
		"an old request":            {secret(key), [][]byte{key}, 6 * time.Minute, false},
		"a request from the future": {secret(key), [][]byte{key}, -6 * time.Minute, false},
	} {
		var kinds []string
		var r *rig
		service := httptest.NewServer(Receive(c.secret, func() time.Time { return r.clock.Now().Add(c.off) }, func(id string, e Event) error {
			if kinds = append(kinds, e.Type); len(kinds) == 1 {
				return errors.New("not now")
			}
			return nil
		}))
		e := webhook.Endpoint{
			Name: "orders", URL: service.URL, Keys: c.keys, Events: model.OutboxKinds, AllowPrivate: true, Concurrency: 1, Timeout: 10 * time.Second,
		}
		r = newRig(t, sqlite(t), e)
		r.user()
		r.deliver()
		r.pass(10*time.Second, time.Second)
		taken := len(kinds) == 2 && kinds[0] == kinds[1]
		if s := r.status("orders"); taken != c.taken || (s.Pending == 0) != c.taken || !c.taken && s.Result != "401" {
			t.Errorf("%s: %v, %+v", name, kinds, s)
		}
		service.Close()
	}
	recorder := httptest.NewRecorder()
	Receive(secret(key), time.Now, nil)(recorder, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	if recorder.Code != http.StatusUnauthorized {
		t.Errorf("unsigned: %d", recorder.Code)
	}
}
