package test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// trail follows the audit trail through the administrator API.
type trail struct {
	t     *testing.T
	app   *kit.App
	admin kit.Tokens
	// names holds the known users by id.
	names map[int64]string
	// last is the newest event seen.
	last string
}

// newTrail starts after the events so far.
func newTrail(t *testing.T, app *kit.App) *trail {
	t.Helper()
	admin, other := asAdmin(t, app)
	tr := &trail{t: t, app: app, admin: admin, names: map[int64]string{}}
	tr.names[idOf(app, admin)], tr.names[idOf(app, other)] = "admin", "other"
	app.Await("the first events", func() bool { return len(tr.page("type=sign_in")) == 2 })
	tr.last = tr.page("")[0]["id"].(string)
	return tr
}

// page returns events without those of reading the trail.
func (tr *trail) page(query string) []object {
	tr.t.Helper()
	resp := tr.app.Get("/admin/events?limit=100&"+query, tr.admin.Access)
	resp.Want(tr.t, 200, "")
	var events []object
	for _, event := range resp.JSON["events"].([]any) {
		if event := event.(object); event["type"] != "admin_read" {
			events = append(events, event)
		}
	}
	return events
}

// want checks that exactly these events have been added since the last call, each as
// "type:reason user" with flags for session, actor and address.
func (tr *trail) want(deed string, want ...string) {
	tr.t.Helper()
	var got []string
	newest := tr.last
	soon(func() bool {
		got = nil
		for _, event := range tr.page("") {
			if id := event["id"].(string); id > tr.last {
				newest = max(newest, id)
				got = append([]string{tr.line(event)}, got...)
			}
		}
		return len(got) >= len(want)
	})
	tr.last = newest
	tr.app.Advance(time.Second) // at most one refusal per second is recorded
	if diff := cmp.Diff(want, got); diff != "" {
		tr.t.Errorf("%s (-want +got):\n%s", deed, diff)
	}
}

func (tr *trail) line(event object) string {
	name := func(key string) string {
		if id, ok := event[key].(float64); ok {
			return tr.names[int64(id)]
		}
		return "nobody"
	}
	text := event["type"].(string)
	if reason, ok := event["reason"]; ok {
		text += ":" + reason.(string)
	}
	text += " " + name("userId")
	if to, ok := event["to"].(string); ok {
		text += " address"
		if len(to) != 32 {
			tr.t.Errorf("%s: to is %q, want a pseudonym", text, to)
		}
	}
	if session, ok := event["sessionId"].(string); ok {
		text += " session"
		if len(session) != 44 {
			tr.t.Errorf("%s: sessionId is %q", text, session)
		}
	}
	if _, ok := event["actorId"]; ok {
		text += " by " + name("actorId")
	}
	if at := int64(event["at"].(float64)); event["ip"] != "127.0.0.0/24" || event["requestId"] == nil || at != tr.app.Clock.Now().UnixMilli() {
		tr.t.Errorf("%s: at %d, ip %v, requestId %v", text, at, event["ip"], event["requestId"])
	}
	return text
}

// wait advances the clock and keeps the administrator signed in.
func (tr *trail) wait(d time.Duration) {
	tr.t.Helper()
	tr.app.Advance(d)
	next := refresh(tr.app, tr.admin.Refresh)
	next.Want(tr.t, 200, "")
	tr.admin = next.Tokens()
}

const (
	auditPhone = "+919876543488"
	auditEmail = "quill.audit@example.com"
)

// Every action is recorded once, whether it succeeds or is refused, with its user.
func TestAudit_codes(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		id, code := app.AskCode(auditPhone)
		tr.want("a code for nobody", "code_asked:login nobody address")
		app.Post("/user/otp", object{"phone": auditPhone}).Want(t, 429, "rate_limited")
		app.Post("/user/otp", object{"phone": auditPhone}).Want(t, 429, "rate_limited")
		tr.want("two more at once", "limited:ask_code nobody address")
		app.Post("/user/otp", object{"otpId": id}).Want(t, 429, "rate_limited")
		tr.want("the same again", "limited:ask_code nobody address")
		app.Post("/user/login", object{"otpId": id, "otp": "0000"}).Want(t, 401, "otp_invalid")
		tr.want("a wrong code for nobody", "sign_in_failed:wrong_code nobody address", "code_refused:login nobody address")
		app.Post("/user/login", object{"otpId": strings.Repeat("A", 24), "otp": "0000"}).Want(t, 401, "otp_invalid")
		tr.want("a code of nothing", "sign_in_failed:wrong_code nobody", "code_refused:login nobody")

		login := app.Post("/user/login", object{"otpId": id, "otp": code})
		login.Want(t, 200, "")
		ann := login.Tokens()
		annID := idOf(app, ann)
		tr.names[annID] = "ann"
		tr.want("the right code", "code_verified:login ann address", "sign_in:code ann address session")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		tr.want("a used code", "sign_in_failed:wrong_code nobody", "code_refused:login nobody")

		tr.wait(time.Minute)
		id, _ = codeFor(t, app, "reset", byPhone, auditPhone)
		tr.want("a code to reset", "code_asked:reset ann address")
		reset := object{"otpId": id, "otp": "0000", "newPassword": passOne}
		for range 5 { // the last one ends the challenge, and is also recorded with the address
			app.Post("/user/password/reset", reset).Want(t, 401, "otp_invalid")
			tr.want("a wrong code to reset", "password_reset_failed:wrong_code ann address", "code_refused:reset ann address")
		}
		tr.wait(time.Minute)
		id, _ = codeFor(t, app, "reset", byPhone, auditPhone)
		tr.want("a code to reset", "code_asked:reset ann address")
		tr.wait(time.Minute)
		app.Post("/user/otp", object{"otpId": id}).Want(t, 200, "")
		tr.want("the same once more", "code_asked:reset ann address")
		code = app.Inbox(auditPhone, 1)[0]
		app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 204, "")
		tr.want("a reset", "code_verified:reset ann address", "password_reset ann address")
	})
}

func TestAudit_accounts(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		made := app.Post("/user/register", object{"username": "ann", "password": passOne})
		tr.names[made.Number("id")] = "ann"
		tr.want("a registration", "registered ann")
		app.Post("/user/register", object{"username": "ann", "password": passOne}).Want(t, 409, "username_taken")
		tr.want("another of the name", "registration_failed:taken nobody")
		ann := byPassword(app, "username", "ann", passOne).Tokens()
		tr.want("a sign-in", "sign_in:password ann session")
		byPassword(app, "username", "ann", passTwo).Want(t, 401, "invalid_credentials")
		tr.want("a wrong password", "sign_in_failed:wrong_password ann")
		byPassword(app, "username", "bob", passTwo).Want(t, 401, "invalid_credentials")
		tr.want("an unknown name", "sign_in_failed:unknown_account nobody")
		byPassword(app, byPhone, auditPhone, passTwo).Want(t, 401, "invalid_credentials")
		tr.want("an unknown number", "sign_in_failed:unknown_account nobody address")

		call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passTwo, "newPassword": passTwo}).Want(t, 401, "invalid_credentials")
		tr.want("a wrong old password", "password_change_failed:wrong_password ann session")
		call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passTwo}).Want(t, 204, "")
		tr.want("a new password", "password_changed ann session")
		call(app, "PATCH", "/user/info", ann.Access, object{"username": "anna"}).Want(t, 200, "")
		tr.want("a new name", "username_changed ann session")
		bob := app.Post("/user/register", object{"username": "bob", "password": passOne})
		tr.names[bob.Number("id")] = "bob"
		tr.want("another user", "registered bob")
		call(app, "PATCH", "/user/info", ann.Access, object{"username": "bob"}).Want(t, 409, "username_taken")
		tr.want("a name that is taken", "username_change_failed:taken ann session")

		id, code := bindingCode(t, app, ann, byEmail, auditEmail)
		tr.want("a code to bind", "code_asked:bind-email ann address session")
		prove(app, ann, byEmail, id, "0000").Want(t, 401, "otp_invalid")
		tr.want("a wrong one", "address_bind_failed:wrong_code ann address session", "code_refused:bind-email ann address session")
		prove(app, ann, byEmail, id, code).Want(t, 200, "")
		tr.want("the right one", "code_verified:bind-email ann address session", "address_bound:bind-email ann address session")
		tr.wait(time.Minute)
		id, code = bindingCode(t, app, ann, byPhone, "+919876543211")
		tr.want("a code to bind another's number", "code_asked:bind-phone ann address session")
		prove(app, ann, byPhone, id, code).Want(t, 409, "phone_taken")
		tr.want("another's number", "code_verified:bind-phone ann address session", "address_bind_failed:taken ann address session")

		app.Get("/user/export", ann.Access).Want(t, 200, "")
		tr.want("an export", "account_exported ann session")
		leave(app, ann, object{"password": passOne}).Want(t, 401, "invalid_credentials")
		tr.want("a wrong password to leave", "account_delete_failed:wrong_password ann session")
		leave(app, ann, object{"password": passTwo}).Want(t, 204, "")
		tr.want("who leaves", "account_deleted ann session")
		wantNothingInClear(t, app, "anna", auditEmail, "quill", "9876543211", passTwo, ann.Access, code)
	})
}

func TestAudit_sessionsAndAdministration(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		ann := enroll(t, app, "ann")
		tr.names[ann.UserID] = "ann"
		two := byPassword(app, "username", "ann", passOne).Tokens()
		tr.want("two sign-ins", "registered ann", "sign_in:password ann session", "sign_in:password ann session")
		call(app, "DELETE", "/user/sessions/"+sessionOf(app, two), ann.Access, nil).Want(t, 204, "")
		tr.want("one session ended", "session_ended ann session")
		call(app, "DELETE", "/user/sessions/"+strings.Repeat("A", 22), ann.Access, nil).Want(t, 404, "not_found")
		call(app, "DELETE", "/user/sessions", ann.Access, nil).Want(t, 204, "")
		tr.want("the others ended", "sessions_ended ann session")
		next := refresh(app, ann.Refresh).Tokens()
		tr.wait(time.Minute)
		refresh(app, ann.Refresh).Want(t, 401, "refresh_reused")
		tr.want("reuse", "refresh_reused ann session")
		app.Get("/user/info", next.Access).Want(t, 401, "session_ended")
		ann = byPassword(app, "username", "ann", passOne).Tokens()
		tr.want("a sign-in", "sign_in:password ann session")
		call(app, "POST", "/user/logout", ann.Access, nil).Want(t, 204, "")
		tr.want("a sign-out", "sign_out ann session")
		app.Post("/user/logout", object{"refreshToken": ann.Refresh}).Want(t, 204, "")
		tr.want("a sign-out of a session that has ended")
		ann = byPassword(app, "username", "ann", passOne).Tokens()
		tr.want("a sign-in", "sign_in:password ann session")
		app.Post("/user/logout", object{"refreshToken": ann.Refresh}).Want(t, 204, "")
		tr.want("a sign-out by refresh token", "sign_out ann session")

		id := int64(0)
		for user, name := range tr.names {
			if name == "ann" {
				id = user
			}
		}
		admin := func(method, path string, body any) {
			as(app, tr.admin.Access, method, replaceID(path, id), body).Want(t, 204, "")
		}
		admin(http.MethodPut, "/admin/users/:id/role", object{"role": "admin"})
		tr.want("a role", "role_changed:admin ann by admin")
		admin(http.MethodPost, "/admin/users/:id/ban", object{"reason": "spam"})
		tr.want("a ban", "banned ann by admin")
		byPassword(app, "username", "ann", passOne).Want(t, 401, "invalid_credentials")
		tr.want("a banned user", "sign_in_failed:banned_account ann")
		admin(http.MethodPost, "/admin/users/:id/unban", nil)
		tr.want("the end of a ban", "unbanned ann by admin")
		admin(http.MethodDelete, "/admin/users/:id/sessions", nil)
		tr.want("sessions ended", "sessions_ended ann by admin")
		admin(http.MethodDelete, "/admin/users/:id", nil)
		tr.want("an erasure", "account_deleted ann by admin")
		as(app, tr.admin.Access, http.MethodDelete, replaceID("/admin/users/:id", id), nil).Want(t, 404, "not_found")
		tr.want("nobody to erase")
	})
}

// A first password needs a recent sign-in; the refusal is recorded.
func TestAudit_notRecent(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	tr := newTrail(t, app)
	ann := app.SignIn(auditPhone)
	tr.names[idOf(app, ann)] = "ann"
	tr.want("a sign-in", "code_asked:login nobody address", "code_verified:login ann address", "sign_in:code ann address session")
	tr.wait(11 * time.Minute)
	call(app, "POST", "/user/password", ann.Access, object{"newPassword": passOne}).Want(t, 403, "reauthentication_required")
	tr.want("too late", "password_change_failed:not_recent ann session")
}

func TestAudit_pages(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		for range 7 {
			byPassword(app, "username", "nobody", passOne).Want(t, 401, "invalid_credentials")
			app.Advance(time.Second) // at most one refusal per second is recorded
		}
		app.Await("the events", func() bool { return len(tr.page("type=sign_in_failed")) == 7 })
		for query, want := range map[string]int{
			"": 13, "type=sign_in_failed": 7, "type=sign_in": 2, "type=banned": 0, "userId=" + fmt.Sprint(idOf(app, tr.admin)): 2,
			"userId=" + fmt.Sprint(idOf(app, tr.admin)) + "&type=sign_in": 1, "userId=1": 0,
		} {
			// Events recorded in the background are all written.
			app.Await("the events of "+query, func() bool { return len(tr.page(query)) == want })
			seen, last, pages := map[string]bool{}, "~", 0
			for next := ""; pages == 0 || next != ""; {
				resp := app.Get("/admin/events?limit=3&cursor="+next+"&"+query, tr.admin.Access)
				resp.Want(t, 200, "")
				if next == "" || !onlyReads(resp) {
					pages++
				}
				for _, event := range resp.JSON["events"].([]any) {
					id := event.(object)["id"].(string)
					if id >= last {
						t.Errorf("%s: %s comes after %s, want newest first", query, id, last)
					}
					last = id
					if event.(object)["type"] != "admin_read" { // caused by this test
						seen[id] = true
					}
				}
				next = resp.Text("next")
			}
			if len(seen) != want || query != "" && pages != max(1, (want+2)/3) {
				t.Errorf("%q: %d events on %d pages, want %d", query, len(seen), pages, want)
			}
		}
		for query, field := range map[string]string{
			"limit=101": "limit", "limit=-1": "limit", "cursor=x": "cursor", "cursor=" + strings.Repeat("Z", 26): "cursor",
			"userId=-1": "userId", "type=reign": "type",
		} {
			wantRefusal(t, query, app.Get("/admin/events?"+query, tr.admin.Access), refusal{400, "invalid_request", field})
		}
	})
}

// onlyReads reports whether a page contains only events of reading the trail.
func onlyReads(page kit.Response) bool {
	return !slices.ContainsFunc(page.JSON["events"].([]any), func(e any) bool { return e.(object)["type"] != "admin_read" })
}

// wantNothingInClear checks that the record tables contain no clear text.
func wantNothingInClear(t *testing.T, app *kit.App, words ...string) {
	t.Helper()
	stores := openStores(t, app)
	text := ""
	for _, table := range []string{"event", "delivery"} {
		rows := stores.table(table)
		if rows == "" {
			t.Errorf("the table %s is empty", table)
		}
		text += rows
	}
	for _, word := range words {
		if strings.Contains(text, word) {
			t.Errorf("the records contain %q:\n%s", word, text)
		}
	}
}
