package test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// addresses holds two addresses of each kind, as a client may spell and as the service
// writes them.
var addresses = map[string][2]struct{ spelled, canonical string }{
	byPhone: {{"098765 43310", "+919876543310"}, {"+91 98765-43311", "+919876543311"}},
	byEmail: {{"Ann.Lee@Example.COM", "ann.lee@example.com"}, {"ann@bücher.example", "ann@xn--bcher-kva.example"}},
}

// eachKind runs the scenario for both kinds of address, with one App for each pair of
// stores.
func eachKind(t *testing.T, each func(*testing.T, func(*testing.T, *kit.App), ...kit.Option), scenario func(t *testing.T, app *kit.App, kind string), options ...kit.Option) {
	t.Helper()
	each(t, func(t *testing.T, app *kit.App) {
		for _, kind := range []string{byPhone, byEmail} {
			t.Run(kind, func(t *testing.T) {
				app.Advance(time.Hour) // clears cooldowns and failures of the other kind's scenario
				scenario(t, app, kind)
			})
		}
	}, options...)
}

// The first address of a user ends nothing, and only that address is notified. A change
// ends the other sessions and notifies the old address, without a code.
func TestBind(t *testing.T) {
	eachKind(t, kit.Each, func(t *testing.T, app *kit.App, kind string) {
		nodes := []*kit.App{app, app.Beside()}
		user := enroll(t, app, "user-by-"+kind)
		other := byPassword(nodes[1], "username", "user-by-"+kind, passOne).Tokens()
		wantAlive(t, nodes, user, other)
		app.Get("/user/info", user.Access).Want(t, 200, "") // caches the row
		first, second := addresses[kind][0], addresses[kind][1]

		askPath, _ := bindRoutes(kind)
		ask := call(app, "POST", askPath, user.Access, object{kind: first.spelled, "locale": "en"})
		ask.Want(t, 200, "")
		free := app.Post("/user/otp", object{kind: map[string]string{byPhone: "+919876543319", byEmail: "arno@example.com"}[kind]})
		if diff := cmp.Diff(len(free.JSON), len(ask.JSON)); diff != "" || ask.Number("expiresIn") != 300 || ask.Number("resendIn") != 60 || strings.Contains(string(ask.Body), first.canonical) {
			t.Errorf("answer %s, want one as of /user/otp: %s", ask.Body, free.Body)
		}
		id, code := ask.Text("otpId"), app.Inbox(first.canonical, 1)[0]
		app.Get("/user/otp/"+id, "").Want(t, 200, "")
		bound := prove(app, user, kind, id, code)
		bound.Want(t, 200, "")
		if bound.Text(kind) != first.canonical || bound.Number("id") != user.UserID || bound.Text("username") != "user-by-"+kind {
			t.Errorf("answer %s, want the user with %s", bound.Body, first.canonical)
		}
		wantAlive(t, nodes, user, other)
		for _, node := range nodes {
			if info := node.Get("/user/info", other.Access); info.Text(kind) != first.canonical {
				t.Errorf("info %s, want the new address", info.Body)
			}
		}
		notices(t, app, first.canonical, 1)
		byPassword(app, kind, first.spelled, passOne).Want(t, 200, "")
		app.Advance(time.Minute)
		id, code = codeFor(t, app, "login", kind, first.canonical)
		login := app.Post("/user/login", object{"otpId": id, "otp": code})
		if login.Tokens().IsNew || idOf(app, login.Tokens()) != user.UserID {
			t.Errorf("by a code to the new address: %d, another user", login.Status)
		}

		// Binding the same address again changes nothing.
		app.Advance(time.Minute)
		bindAddress(t, app, user, kind, first.canonical)
		wantAlive(t, nodes, user, other, login.Tokens())

		id, code = bindingCode(t, app, user, kind, second.canonical)
		changed := prove(app, user, kind, id, code)
		changed.Want(t, 200, "")
		if changed.Text(kind) != second.canonical {
			t.Errorf("answer %s, want %s", changed.Body, second.canonical)
		}
		wantEnded(t, nodes, other, login.Tokens())
		wantAlive(t, nodes, user)
		if told := notices(t, app, first.canonical, 2)[0]; strings.ContainsAny(told, "0123456789") || !strings.Contains(told, "was changed") {
			t.Errorf("the old address got %q, want a notice of the change", told)
		}
		if n := len(messagesTo(app, second.canonical)); n != 1 {
			t.Errorf("%d messages to the new address, want only the code", n)
		}
		byPassword(app, kind, first.canonical, passOne).Want(t, 401, "invalid_credentials")
		byPassword(app, kind, second.canonical, passOne).Want(t, 200, "")
		wantUnlogged(t, first.canonical, second.canonical, code)
	})
}

// A binding code works only for that binding, only for the user who requested it, and only
// once.
func TestBind_codeOpensNothingElse(t *testing.T) {
	eachKind(t, kit.Each, func(t *testing.T, app *kit.App, kind string) {
		user, thief := enroll(t, app, "user-by-"+kind), enroll(t, app, "thief-by-"+kind)
		otherKind := map[string]string{byPhone: byEmail, byEmail: byPhone}[kind]
		address := addresses[kind][0].canonical
		id, code := bindingCode(t, app, user, kind, address)
		answer := object{"otpId": id, "otp": code}
		for name, resp := range map[string]kit.Response{
			"another user":   prove(app, thief, kind, id, code),
			"the other kind": prove(app, user, otherKind, id, code),
			"a sign-in":      app.Post("/user/login", answer),
			"a reset":        app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}),
		} {
			if resp.Status != 401 || resp.Text("code") != "otp_invalid" || resp.Number("attemptsLeft") < 1 {
				t.Errorf("%s: %d %s, want 401 otp_invalid, with tries left", name, resp.Status, resp.Body)
			}
		}
		prove(app, user, kind, id, code).Want(t, 200, "")
		replay := prove(app, user, kind, id, code)
		replay.Want(t, 401, "otp_invalid")
		if info := app.Get("/user/info", thief.Access); info.Text(kind) != "" {
			t.Errorf("the thief has %s", info.Body)
		}

		// A sign-in code does not bind, and neither does a wrong or expired code.
		address = addresses[kind][1].canonical
		id, code = codeFor(t, app, "login", kind, address)
		prove(app, user, kind, id, code).Want(t, 401, "otp_invalid")
		app.Advance(time.Minute)
		id, code = bindingCode(t, app, user, kind, address)
		wrong := prove(app, user, kind, id, "0000")
		wrong.Want(t, 401, "otp_invalid")
		if wrong.Number("attemptsLeft") != 4 {
			t.Errorf("a wrong code: %s, want 4 attempts left", wrong.Body)
		}
		prove(app, user, kind, "AAAAAAAAAAAAAAAAAAAAAAAA", code).Want(t, 401, "otp_invalid")
		app.Advance(5 * time.Minute)
		prove(app, user, kind, id, code).Want(t, 401, "otp_invalid")
		if info := app.Get("/user/info", user.Access); info.Text(kind) != addresses[kind][0].canonical {
			t.Errorf("info %s, want the first address still", info.Body)
		}
	})
}

// The cooldown of an address applies whoever requests the code, and a resend repeats the
// code.
func TestBind_limited(t *testing.T) {
	eachKind(t, kit.Each, func(t *testing.T, app *kit.App, kind string) {
		user, other := enroll(t, app, "user-by-"+kind), enroll(t, app, "other-by-"+kind)
		address := addresses[kind][0]
		id, code := bindingCode(t, app, user, kind, address.canonical)
		path, _ := bindRoutes(kind)
		for name, resp := range map[string]kit.Response{
			"the user again": call(app, "POST", path, user.Access, object{kind: address.spelled}),
			"another user":   call(app, "POST", path, other.Access, object{kind: address.canonical}),
			"a resend":       app.Post("/user/otp", object{"otpId": id}),
		} {
			if wait := resp.Number("retryAfter"); resp.Status != 429 || resp.Text("code") != "rate_limited" || wait < 30 || wait > 60 || resp.Header.Get("Retry-After") != fmt.Sprint(wait) {
				t.Errorf("%s: %d %s, want 429 for a minute", name, resp.Status, resp.Body)
			}
		}
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"otpId": id}).Want(t, 200, "")
		if codes := app.Inbox(address.canonical, 2); codes[0] != code || codes[1] != code {
			t.Error("the resend has another code")
		}
		prove(app, user, kind, id, code).Want(t, 200, "")

		// Wrong codes for an address are counted across all its codes.
		last := kit.Response{}
		for range 2 {
			app.Advance(time.Minute)
			id, _ = bindingCode(t, app, other, kind, address.canonical)
			for range 5 {
				last = prove(app, other, kind, id, "0000")
			}
		}
		last.Want(t, 401, "otp_invalid")
		app.Advance(time.Minute)
		rest := call(app, "POST", path, other.Access, object{kind: address.canonical})
		rest.Want(t, 429, "rate_limited")
		if wait := rest.Number("retryAfter"); wait < 13*60 || wait > 14*60 {
			t.Errorf("after ten failures: %s, want a lock of 15 minutes", rest.Body)
		}
	})
}

// The holder of an address learns only that a code was requested and loses nothing; the
// other user learns that it is taken only after proving it.
func TestBind_taken(t *testing.T) {
	eachKind(t, kit.Each, func(t *testing.T, app *kit.App, kind string) {
		nodes := []*kit.App{app, app.Beside()}
		address, free := addresses[kind][0].canonical, addresses[kind][1].canonical
		holder := enroll(t, app, "holder-by-"+kind)
		bindAddress(t, app, holder, kind, address)
		asker := enroll(t, app, "asker-by-"+kind)
		beside := byPassword(app, "username", "asker-by-"+kind, passOne).Tokens()
		wantAlive(t, nodes, holder, asker, beside)
		app.Advance(time.Minute)
		before := len(app.Inbox(address, 0))

		path, _ := bindRoutes(kind)
		taken := call(app, "POST", path, asker.Access, object{kind: address})
		code := app.Inbox(address, before+1)[0]
		if diff := cmp.Diff(lessTo(call(app, "POST", path, asker.Access, object{kind: free})), lessTo(taken)); diff != "" {
			t.Errorf("a request for a taken address gets another answer (-free +taken):\n%s", diff)
		}
		refused := prove(app, asker, kind, taken.Text("otpId"), code)
		wantRefusal(t, "a taken address", refused, refusal{409, kind + "_taken", kind})
		wantAlive(t, nodes, holder, asker, beside)
		openStores(t, app).settle()
		if n := len(app.Inbox(address, 0)); n != before+1 {
			t.Errorf("%d messages to the holder, want only the code", n-before)
		}
		for name, want := range map[string]kit.Tokens{"": asker, address: holder} {
			if info := nodes[1].Get("/user/info", want.Access); info.Text(kind) != name {
				t.Errorf("info %s, want %q", info.Body, name)
			}
		}
		byPassword(app, kind, address, passOne).Want(t, 200, "")
		prove(app, asker, kind, taken.Text("otpId"), code).Want(t, 401, "otp_invalid")
	})
}

// lessTo is alike without the masked address, which differs.
func lessTo(r kit.Response) string {
	r.Header = r.Header.Clone()
	delete(r.Header, "Content-Length")
	if r.JSON["to"] != nil {
		r.JSON["to"] = "masked"
	}
	return alike(r)
}

func TestBind_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := enroll(t, app, "ann")
		wantAlive(t, []*kit.App{app}, user)
		stores := openStores(t, app)
		before := stores.snapshot()
		for _, c := range []struct {
			name, path string
			body       object
			refusal
		}{
			{"no address", "/user/email/otp", object{}, refusal{400, "invalid_request", "email"}},
			{"no e-mail address", "/user/email/otp", object{"email": "ann"}, refusal{400, "invalid_email", "email"}},
			{"white space", "/user/email/otp", object{"email": " ann@example.com"}, refusal{400, "invalid_email", "email"}},
			{"a phone for an e-mail address", "/user/email/otp", object{"phone": phone}, refusal{400, "invalid_request", "phone"}},
			{"no locale", "/user/email/otp", object{"email": "ann@example.com", "locale": "<b>"}, refusal{400, "invalid_request", "locale"}},
			{"no number", "/user/phone/otp", object{}, refusal{400, "invalid_request", "phone"}},
			{"an impossible number", "/user/phone/otp", object{"phone": "+911111111111"}, refusal{400, "invalid_phone", "phone"}},
			{"no region", "/user/phone/otp", object{"phone": phone, "region": "ZZ"}, refusal{400, "invalid_request", "region"}},
			{"a country not allowed", "/user/phone/otp", object{"phone": "+4915112345678"}, refusal{403, "region_not_allowed", "phone"}},
			{"no code", "/user/email/verify", object{"otpId": "x"}, refusal{400, "invalid_request", "otp"}},
			{"no id", "/user/phone/verify", object{"otp": "123456"}, refusal{400, "invalid_request", "otpId"}},
		} {
			wantRefusal(t, c.name, call(app, "POST", c.path, user.Access, c.body), c.refusal)
		}
		if after := stores.snapshot(); after != before {
			t.Errorf("refused requests left\n%s\nwant\n%s", after, before)
		}
	}, "Sms: {AllowedRegions: [IN]}")
}

// A refresh is no proof: a new address needs a sign-in within the last ten minutes. The
// code may be submitted later.
func TestBind_recent(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := enroll(t, app, "ann")
		app.Advance(9 * time.Minute)
		user = refresh(app, user.Refresh).Tokens()
		id, code := bindingCode(t, app, user, byPhone, phone)
		app.Advance(time.Minute + time.Second)
		user = refresh(app, user.Refresh).Tokens()
		for path, body := range map[string]object{"/user/email/otp": {"email": "ann@example.com"}, "/user/phone/otp": {"phone": "+919876543211"}} {
			call(app, "POST", path, user.Access, body).Want(t, 403, "reauthentication_required")
		}
		if list := messagesTo(app, "ann@example.com"); len(list) > 0 {
			t.Errorf("refused, but %d messages were sent", len(list))
		}
		prove(app, user, byPhone, id, code).Want(t, 200, "")
		bindAddress(t, app, byPassword(app, "username", "ann", passOne).Tokens(), byEmail, "ann@example.com")
	})
}

// If two users verify one address concurrently, each with a code, one gets it and the other
// is rejected.
func TestBind_parallel(t *testing.T) {
	eachKind(t, kit.EachRaced, func(t *testing.T, app *kit.App, kind string) {
		address := addresses[kind][0].canonical
		nodes := []*kit.App{app, app.Beside()}
		var users [2]kit.Tokens
		var answers [2]object
		for i := range users {
			users[i] = enroll(t, app, fmt.Sprintf("user-%d-by-%s", i, kind))
			id, code := bindingCode(t, app, users[i], kind, address)
			answers[i] = object{"otpId": id, "otp": code}
			app.Advance(time.Minute)
		}
		_, path := bindRoutes(kind)
		var mu sync.Mutex
		n, counts := 0, map[string]int{}
		asks := kit.Crowd(200)
		parallel(asks, func() {
			mu.Lock()
			n++
			i, node := n%2, nodes[n/2%2]
			mu.Unlock()
			resp, err := node.TryAnswered(kit.Request{Method: http.MethodPost, Path: path, Bearer: users[i].Access, Body: answers[i]})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[fmt.Sprint(resp.Status, " ", resp.Text("code"))]++
		})
		want := map[string]int{"200 ": 1, "409 " + kind + "_taken": 1, "401 otp_invalid": asks - 2}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("%d verifications of one address by two users (-want +got):\n%s", asks, diff)
		}
		holders := 0
		for _, user := range users {
			if app.Get("/user/info", user.Access).Text(kind) == address {
				holders++
			}
		}
		if holders != 1 {
			t.Errorf("%d users have the address, want 1", holders)
		}
	})
}

func TestRename(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		const path = "/user/info"
		ann, bob := enroll(t, app, "ann"), app.SignIn(phone)
		for name, want := range map[string]refusal{
			"ANN": {409, "username_taken", "username"}, "ab": {400, "invalid_username", "username"}, "bob@example.com": {400, "invalid_username", "username"},
		} {
			wantRefusal(t, name, call(app, "PATCH", path, bob.Access, object{"username": name}), want)
		}
		wantRefusal(t, "nothing", call(app, "PATCH", path, bob.Access, object{}), refusal{400, "invalid_request", "username"})
		wantRefusal(t, "a role", call(app, "PATCH", path, bob.Access, object{"username": "bob", "role": "admin"}), refusal{400, "invalid_request", "role"})
		for _, name := range []string{"Bob.Ray", "ray", "ray"} {
			renamed := call(app, "PATCH", path, bob.Access, object{"username": name})
			renamed.Want(t, 200, "")
			for _, resp := range []kit.Response{renamed, nodes[0].Get(path, bob.Access), nodes[1].Get(path, bob.Access)} {
				if resp.Text("username") != strings.ToLower(name) || resp.Text("phone") != phone {
					t.Errorf("answer %s, want %s", resp.Body, name)
				}
			}
		}
		call(app, "PATCH", path, ann.Access, object{"username": "bob.ray"}).Want(t, 200, "") // released and available
		byPassword(app, "username", "bob.ray", passOne).Want(t, 200, "")
		byPassword(app, "username", "ann", passOne).Want(t, 401, "invalid_credentials")
		wantAlive(t, nodes, ann, bob)
	})
}
