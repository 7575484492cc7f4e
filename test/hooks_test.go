package test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
	"user-api/internal/webhook"
	"user-api/test/faults"
	"user-api/test/kit"
)

// hooked is a service of the operator that receives webhooks.
type hooked struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	ids    map[string]int
	status int
}

func newHooked(t *testing.T) *hooked {
	h := &hooked{ids: map[string]int{}, status: 200}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.status == 200 {
			h.bodies = append(h.bodies, string(body))
		}
		h.ids[r.Header.Get("webhook-id")]++
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

// option configures it as an endpoint.
func (h *hooked) option() kit.Option {
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("b7Tz2kPq9Lw4Xm6Rj8Vn1Hc5"))
	return kit.Option(fmt.Sprintf("Webhooks: [{Name: orders, Url: %q, Secret: %q, AllowPrivate: true}]", h.URL, secret))
}

func (h *hooked) answers(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// told returns the received events, each as its type and what distinguishes it.
func (h *hooked) told(t *testing.T) []string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, body := range h.bodies {
		var p webhook.Payload
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Fatal(err)
		}
		d := p.Data
		line := strings.Join(append(d.Changed, d.Phone, d.Email, d.Role, d.Reason), " ")
		if d.UserID == 0 || (d.SessionID != "") != strings.HasPrefix(p.Type, "session.") {
			t.Errorf("which user is %s about", body)
		}
		all = append(all, strings.Join(strings.Fields(p.Type+" "+line), " "))
	}
	return all
}

// await releases the held events and waits until n have arrived.
func (h *hooked) await(app *kit.App, n int) {
	app.Advance(3 * time.Second)
	app.Await(fmt.Sprintf("event %d", n), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.bodies) >= n
	})
}

// A user's lifetime as webhooks: every change in order, and nothing secret.
func TestHooks(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			h := newHooked(t)
			app := kit.New(t, backend, h.option())
			user := app.SignIn(phone)
			id := idOf(app, user)
			patchInfo(app, user, object{"displayName": "Ann Quokka", "metadata": object{"shoe": "38"}}).Want(t, 200, "")
			patchInfo(app, user, object{"username": "ann.quokka"}).Want(t, 200, "")
			bindAddress(t, app, user, byEmail, "quokka@example.com")
			call(app, "POST", "/user/password", user.Access, object{"newPassword": passOne}).Want(t, 204, "")
			app.Advance(time.Second)
			second := byPassword(app, "username", "ann.quokka", passOne).Tokens()
			call(app, "POST", "/user/logout", second.Access, nil).Want(t, 204, "")
			call(app, "DELETE", "/user/phone", user.Access, nil).Want(t, 200, "")
			for _, step := range []error{
				app.Service.Signin.SetRole(t.Context(), id, "admin"), app.Service.Signin.SetRole(t.Context(), id, "user"), app.Service.Signin.Ban(t.Context(), id, "bad", time.Time{}),
				app.Service.Signin.Unban(t.Context(), id),
			} {
				if step != nil {
					t.Fatal(step)
				}
			}
			byPassword(app, "username", "ann.quokka", "wrong"+passOne).Want(t, 401, "invalid_credentials")
			third := byPassword(app, "username", "ann.quokka", passOne).Tokens()
			app.Do(kit.Request{Method: "DELETE", Path: "/user", Bearer: third.Access, Body: object{"password": passOne}}).Want(t, 204, "")
			want := []string{
				"user.created +91********10 user", "session.created", "user.updated displayName metadata", "user.updated username",
				"address.bound q***@example.com", "password.changed", "session.created", "session.ended signed_out",
				"address.removed +91********10", "user.role_changed admin", "user.role_changed user", "user.banned", "session.ended banned", "user.unbanned",
				"session.created", "session.ended erased", "user.deleted",
			}
			h.await(app, len(want))
			if diff := cmp.Diff(want, h.told(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			text := strings.Join(h.bodies, "\n")
			for _, secret := range []string{phone, "quokka@", "Quokka", "ann.quokka", "shoe", passOne, "bad", user.Access, user.Refresh} {
				if strings.Contains(text, secret) {
					t.Errorf("an event contains %q: %s", secret, text)
				}
			}
			// Only the deletion itself is left of the user.
			s := openStores(t, app)
			app.Await("the events to be forgotten", func() bool { return strings.Count(s.table("webhook"), fmt.Sprint(id)) <= 2 })
			if rows := s.table("webhook"); !strings.Contains(rows, "user.deleted") || strings.Contains(rows, "user.created") {
				t.Errorf("left: %s", rows)
			}
		})
	}
}

// A sign-in that is refused after its session was written sends no event.
func TestHooks_refused(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	app := kit.New(t, kit.Embedded, h.option())
	id := idOf(app, app.SignIn(phone))
	h.await(app, 2)
	app.Advance(2 * time.Minute)
	otpID, code := app.AskCode(phone)
	if err := app.Service.Accounts.Ban(t.Context(), id, "", time.Time{}); err != nil {
		t.Fatal(err)
	}
	app.Post("/user/login", object{"otpId": otpID, "otp": code}).Want(t, 401, "otp_invalid")
	if err := app.Service.Accounts.Unban(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.await(app, 5)
	want := []string{"user.created +91********10 user", "session.created", "user.banned", "session.ended banned", "user.unbanned"}
	if diff := cmp.Diff(want, h.told(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// While the database rejects writes, nothing changes and no event is sent, and pending
// events wait; afterwards each is sent with one id.
func TestHooks_readOnly(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	h := newHooked(t)
	var proxy *faults.MySQL
	app := kit.Behind(t, func(s kit.Stores) kit.Stores {
		conf, err := mysql.ParseDSN(s.DataSource)
		if err != nil {
			t.Fatal(err)
		}
		proxy = faults.NewMySQL(t, conf.Addr)
		conf.Addr = proxy.Addr()
		s.DataSource = conf.FormatDSN()
		return s
	}, h.option())
	h.answers(500)
	user := app.SignIn(phone)
	app.Await("a try", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.ids) > 0 })
	proxy.Set(faults.DemotedPrimary)
	call(app, "POST", "/user/logout", user.Access, nil).Want(t, 503, "unavailable")
	h.answers(200)
	app.Advance(10 * time.Minute)
	time.Sleep(1500 * time.Millisecond) // longer than an interval of the sender
	if got := h.told(t); len(got) != 0 {
		t.Errorf("sent while it could not be recorded: %v", got)
	}
	proxy.Clear()
	app.Await("the database", func() bool {
		return call(app, "POST", "/user/logout", "", object{"refreshToken": user.Refresh}).Status == 204
	})
	h.await(app, 3)
	if diff := cmp.Diff([]string{"user.created +91********10 user", "session.created", "session.ended signed_out"}, h.told(t)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(h.ids) != 3 {
		t.Errorf("%d ids for 3 events", len(h.ids))
	}
}
