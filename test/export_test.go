package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/reqctx"
	"user-api/internal/testkit"
	"user-api/internal/types"
	"user-api/test/kit"
)

// The example on the page has the documented form.
func TestExport_page(t *testing.T) {
	wantSchema(t, []byte(example(t, "export.md", "example")))
}

// An export contains all data of the user, and nothing that would allow a sign-in.
func TestExport(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enrollLeaver(t, app)
		app.Advance(time.Second)
		other := byPassword(app, byPhone, leaverPhone, passOne).Tokens()
		ended := byPassword(app, byPhone, leaverPhone, passOne).Tokens()
		call(app, "POST", "/user/logout", ended.Access, nil).Want(t, 204, "")
		patchInfo(app, ann, `{"displayName":"Q","locale":"de","metadata":{"n":1.50}}`).Want(t, 200, "")
		bob := app.SignIn(phone)
		secret := ""
		stores := openStores(t, app)
		if err := stores.db.QueryRow("SELECT `secret` FROM `credential`").Scan(&secret); err != nil {
			t.Fatal(err)
		}
		app.Await("the records", func() bool {
			var written int
			err := stores.db.QueryRow("SELECT (SELECT COUNT(*) FROM `event` WHERE `type` = 'profile_changed') + (SELECT COUNT(*) FROM `delivery` WHERE `step` = 'used')").Scan(&written)
			return err == nil && written >= 4
		})
		export := app.Get("/user/export", ann.Access)
		export.Want(t, 200, "")
		wantSchema(t, export.Body)
		var form types.ExportResp
		strict := json.NewDecoder(bytes.NewReader(export.Body))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&form); err != nil || !form.Complete || form.ExportedAt != app.Clock.Now().Unix() {
			t.Errorf("%+v, %v, want the form of user.api", form, err)
		}
		if diff := cmp.Diff(app.Get("/user/info", ann.Access).JSON, export.JSON["user"]); diff != "" || !strings.Contains(string(export.Body), `"n":1.50`) {
			t.Errorf("user (-info +export):\n%s", diff)
		}
		var living []types.SessionInfo
		for _, s := range form.Sessions {
			if s.EndedAt == 0 {
				living = append(living, types.SessionInfo{Id: s.Id, Current: s.Current, UserAgent: s.UserAgent, Ip: s.Ip, CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt, ExpiresAt: s.ExpiresAt})
			}
		}
		if got, want := jsonText(living), jsonText(app.Get("/user/sessions", ann.Access).JSON["sessions"]); len(form.Sessions) != 3 || !sameJSON(got, want) {
			t.Errorf("%d sessions, active %s, want 3 and %s", len(form.Sessions), got, want)
		}
		if len(form.Credentials) != 1 || form.Credentials[0].Kind != "password" || len(form.Addresses) != 2 || len(form.Messages) < 2 || len(form.Events) < 9 {
			t.Errorf("export %s", export.Body)
		}
		if got := export.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q, want no-store", got)
		}
		for _, key := range strings.Split(secret, "$") {
			if len(key) > 10 && strings.Contains(string(export.Body), key) {
				t.Error("the export contains the password hash")
			}
		}
		for _, word := range []string{"$argon2id", "hash", "secret", passOne, ann.Refresh, other.Refresh, ann.Access, phone} {
			if strings.Contains(string(export.Body), word) {
				t.Errorf("the export contains %.20q", word)
			}
		}
		none := app.Get("/user/export", bob.Access)
		wantSchema(t, none.Body)
		if list, _ := none.JSON["credentials"].([]any); len(list) != 0 || len(traces(string(none.Body))) > 0 {
			t.Errorf("the export of another: %s", none.Body)
		}
	})
}

// For actions of an administrator or the operator, the export states only that one acted,
// not who or from where. It has no messages to the previous holder of a number.
func TestExport_others(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const own = "+919876543211"
		app.AskCode(own) // by the previous holder of the number
		app.Advance(2 * time.Hour)
		admin, user := asAdmin(t, app)
		id := idOf(app, user)
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/ban", id), object{"reason": "a dispute"}).Want(t, 204, "")
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/unban", id), nil).Want(t, 204, "")
		as(app, admin.Access, "GET", replaceID("/admin/users/:id", id), nil).Want(t, 200, "")
		operator := reqctx.WithActor(t.Context(), "cli:root@host7")
		if err := app.Service.Signin.EndSessions(operator, id); err != nil {
			t.Fatal(err)
		}
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/ban", id), object{"reason": "a dispute"}).Want(t, 204, "")
		stores := openStores(t, app)
		app.Await("the events", func() bool {
			var written int
			// The codes of both users are used by then.
			err := stores.db.QueryRow("SELECT (SELECT COUNT(*) FROM `event` WHERE `type` IN ('banned', 'sessions_ended')) + (SELECT COUNT(*) FROM `delivery` WHERE `step` = 'used')").Scan(&written)
			return err == nil && written == 5
		})

		var written bytes.Buffer
		if err := app.Service.Signin.ExportUser(operator, id, &written); err != nil {
			t.Fatal(err)
		}
		wantSchema(t, written.Bytes())
		var export types.ExportResp
		if err := json.Unmarshal(written.Bytes(), &export); err != nil {
			t.Fatal(err)
		}
		by := map[string]int{}
		for _, e := range export.Events {
			if e.By != "" {
				by[e.By+" "+e.Type]++
				if e.Ip != "" || e.RequestId != "" {
					t.Errorf("it shows of another's action %+v", e)
				}
			} else if e.Ip == "" {
				t.Errorf("it shows no network for an action of the user: %+v", e)
			}
		}
		want := map[string]int{"administrator banned": 2, "administrator unbanned": 1, "administrator admin_read": 1, "operator sessions_ended": 1}
		if diff := cmp.Diff(want, by); diff != "" {
			t.Errorf("actions of others (-want +got):\n%s", diff)
		}
		for _, word := range []string{fmt.Sprint(idOf(app, admin)), "host7", sessionOf(app, admin), phone} {
			if strings.Contains(written.String(), word) {
				t.Errorf("the export contains %s of somebody else", word)
			}
		}
		if export.Account.BanReason != "a dispute" || len(export.Messages) != 1 {
			t.Errorf("account %+v, %d messages, want the reason and the message to the user", export.Account, len(export.Messages))
		}
	})
}

// manyEvents inserts events of a user.
func manyEvents(t *testing.T, app *kit.App, user int64, n int) {
	t.Helper()
	id := "printf('%026d', n)"
	if app.Backend == kit.Real {
		id = "LPAD(n, 26, '0')"
	}
	digit := "(" + strings.TrimSuffix(strings.Repeat("SELECT %d AS d UNION ALL ", 10), " UNION ALL ") + ")"
	digit = fmt.Sprintf(digit, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	_, err := openStores(t, app).db.Exec("INSERT INTO `event` (`id`, `at`, `type`, `user_id`, `session_id`, `actor_id`, `address`, `ip`, `reason`, `request_id`, `actor`) "+
		"SELECT "+id+", n, 'sign_in', ?, 'a session', 0, '', '203.0.113.0/24', 'code', 'a request', '' FROM "+
		"(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM "+digit+" a, "+digit+" b, "+digit+" c, "+digit+" e, "+digit+" f) numbers WHERE n < ?", user, n)
	if err != nil {
		t.Fatal(err)
	}
}

// beginExport starts an export and leaves its body unread.
func beginExport(t *testing.T, app *kit.App, user kit.Tokens) io.ReadCloser {
	t.Helper()
	r, err := http.NewRequest("GET", app.URL+"/user/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+user.Access)
	resp, err := crowd.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.ContentLength >= 0 {
		t.Errorf("status %d, length %d, want a stream", resp.StatusCode, resp.ContentLength)
	}
	return resp.Body
}

// An export with a hundred thousand events has each once, newest first.
func TestExport_long(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	user := app.SignIn(phone)
	const many = 100_000
	manyEvents(t, app, idOf(app, user), many)
	lines, complete, next := 0, false, many-1
	for in := bufio.NewScanner(beginExport(t, app, user)); in.Scan(); {
		line := strings.TrimPrefix(in.Text(), `"events":[`)
		if strings.Contains(line, `"a session"`) {
			if !strings.Contains(line, fmt.Sprintf(`"%026d"`, next)) {
				t.Fatalf("%.100s, want the event %d", line, next)
			}
			lines, next = lines+1, next-1
		}
		complete = line == `"complete":true}`
	}
	if lines != many || !complete {
		t.Errorf("%d events, complete: %t, want %d", lines, complete, many)
	}
}

// A database that fails in the middle cuts the connection: the result is neither a document
// nor a complete response. One that is down at the start gives 503. Neither is charged; a
// client that disconnects is.
func TestExport_cut(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	app := kit.New(t, kit.Real, "RateLimit: {User: {Acts: 2/600}}")
	user := app.SignIn(phone)
	manyEvents(t, app, idOf(app, user), 50_000)
	read := func(body io.Reader) []byte {
		t.Helper()
		begin := make([]byte, 64<<10)
		if _, err := io.ReadFull(body, begin); err != nil {
			t.Fatal(err)
		}
		return begin
	}
	body := beginExport(t, app, user)
	begin := read(body)
	app.DBLine.Cut()
	rest, err := io.ReadAll(body)
	if err == nil || json.Valid(append(begin, rest...)) || bytes.Contains(rest, []byte("complete")) {
		t.Errorf("%v after %d bytes, which end in %q; want the connection closed", err, len(rest), rest[max(0, len(rest)-100):])
	}
	app.Get("/user/export", user.Access).Want(t, 503, "unavailable")
	app.DBLine.Restore(t)
	// The readiness result may be from before the failure.
	app.Await("the database", func() bool { return app.Get("/user/sessions", user.Access).Status == 200 })
	for range 2 {
		body := beginExport(t, app, user)
		read(body)
		body.Close()
	}
	app.Await("the limit", func() bool { return app.Get("/user/export", user.Access).Status == 429 })
}

func sameJSON(a, b string) bool {
	var left, right any
	return json.Unmarshal([]byte(a), &left) == nil && json.Unmarshal([]byte(b), &right) == nil && cmp.Equal(left, right)
}
