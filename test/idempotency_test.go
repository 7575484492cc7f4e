package test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

const someKey = "a-random-value-of-the-client"

func keyed(app *kit.App, key, path string, body any) kit.Response {
	return from(app, path, body, map[string]string{"Idempotency-Key": key})
}

// together sends requests to the nodes alternately and concurrently, and returns every
// answer.
func together(t *testing.T, nodes []*kit.App, n int, key, path string, body any) []kit.Response {
	t.Helper()
	var next atomic.Int32
	var mu sync.Mutex
	var answers []kit.Response
	parallel(kit.Crowd(n), func() {
		node := nodes[int(next.Add(1))%len(nodes)]
		resp, err := node.TryAnswered(kit.Request{Method: http.MethodPost, Path: path, Body: body, Header: map[string]string{"Idempotency-Key": key}})
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		answers = append(answers, resp)
	})
	return answers
}

// oneAnswer checks that all answers are identical and all but one are marked as repeated.
func oneAnswer(t *testing.T, answers []kit.Response, status int, code string) kit.Response {
	t.Helper()
	original := -1
	for i, resp := range answers {
		resp.Want(t, status, code)
		if string(resp.Body) != string(answers[0].Body) {
			t.Fatalf("two answers: %s and %s", resp.Body, answers[0].Body)
		}
		if resp.Header.Get("Idempotency-Replayed") == "" {
			if original >= 0 {
				t.Fatal("the work was done twice")
			}
			original = i
		}
	}
	if original < 0 {
		t.Fatal("the work was not done")
	}
	return answers[original]
}

// A hundred concurrent and repeated requests with one key to two nodes send one message,
// and the limits count them once.
func TestIdempotency_ask(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside("RateLimit: {Send: {Client: 2/3600}}")}
		answers := together(t, nodes, 100, someKey, "/user/otp", object{"phone": phone})
		for range 20 {
			answers = append(answers, keyed(nodes[0], someKey, "/user/otp", object{"phone": phone}), keyed(nodes[1], someKey, "/user/otp", object{"phone": phone}))
		}
		first := oneAnswer(t, answers, 200, "")
		code := app.Inbox(phone, 1)[0]
		app.Post("/user/login", object{"otpId": first.Text("otpId"), "otp": code}).Want(t, 200, "")
		// The next request is within the limit of two, and its message comes after any
		// other.
		keyed(nodes[1], someKey+"2", "/user/otp", object{"phone": "+919876543211"}).Want(t, 200, "")
		app.Inbox("+919876543211", 1)
		if n := len(messagesTo(app, phone)); n != 1 {
			t.Errorf("%d messages", n)
		}
	}, "RateLimit: {Send: {Client: 2/3600}}")
}

// With one key, a hundred correct codes open one session with one pair of tokens, and a
// hundred wrong ones count as one attempt.
func TestIdempotency_code(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		id, code := app.AskCode(phone)
		wrong := oneAnswer(t, together(t, nodes, 100, someKey, "/user/login", object{"otpId": id, "otp": "0000"}), 401, "otp_invalid")
		if wrong.Number("attemptsLeft") != 4 {
			t.Errorf("%s, want 4 attempts left", wrong.Body)
		}
		answers := together(t, nodes, 100, someKey+"2", "/user/login", object{"otpId": id, "otp": code})
		pair := oneAnswer(t, answers, 200, "").Tokens()
		if list, _ := app.Get("/user/sessions", pair.Access).JSON["sessions"].([]any); len(list) != 1 {
			t.Errorf("%d sessions", len(list))
		}
		// The tokens of the repeated answer work and end like any others.
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: pair.Access}).Want(t, 204, "")
		keyed(app, someKey+"2", "/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		app.Get("/user/info", pair.Access).Want(t, 401, "session_ended")
		app.Advance(61 * time.Second)
		keyed(app, someKey+"2", "/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
	})
}

// Requests without a key are not affected, even if others have one.
func TestIdempotency_withoutKey(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		keyed(app, someKey, "/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		again := app.Post("/user/otp", object{"phone": phone})
		again.Want(t, 429, "rate_limited")
		if again.JSON["otpId"] != nil {
			t.Errorf("a refusal without a key: %s", again.Body)
		}
	})
}

// Passwords: a repetition does not count against the limit and opens no session.
func TestIdempotency_password(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		made := oneAnswer(t, together(t, nodes, 20, someKey, "/user/register", object{"username": "ann", "password": passOne}), 200, "")
		if made.Text("username") != "ann" {
			t.Errorf("%s", made.Body)
		}
		keyed(app, someKey+"2", "/user/register", object{"username": "ann", "password": passOne}).Want(t, 409, "username_taken")
		oneAnswer(t, together(t, nodes, 20, someKey, "/user/login", object{"username": "ann", "password": passTwo}), 401, "invalid_credentials")
		pair := oneAnswer(t, together(t, nodes, 20, someKey+"2", "/user/login", object{"username": "ann", "password": passOne}), 200, "").Tokens()
		if list, _ := app.Get("/user/sessions", pair.Access).JSON["sessions"].([]any); len(list) != 1 {
			t.Errorf("%d sessions", len(list))
		}
	}, "RateLimit: {Password: {Account: 2/900}}")
}

func TestIdempotency_reset(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		app.SignIn(phone)
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "reset", "phone", phone)
		nodes := []*kit.App{app, app.Beside()}
		oneAnswer(t, together(t, nodes, 20, someKey, "/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}), 204, "")
		app.Post("/user/login", object{"phone": phone, "password": passOne}).Want(t, 200, "")
	})
}

// Exactly the routes of one table support the header; other routes ignore it.
func TestIdempotency_routes(t *testing.T) {
	want := []string{"POST /user/anonymous", "POST /user/login", "POST /user/login/mfa", "POST /user/otp", "POST /user/password/reset", "POST /user/register"}
	var got []string
	for _, group := range readRoutes(t) {
		if slices.Contains(group.middlewares, "Idempotent") {
			for _, r := range group.routes {
				got = append(got, r.String())
			}
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the routes %v, want %v", got, want)
	}
	app := kit.New(t, kit.Embedded)
	for _, route := range want {
		_, path, _ := strings.Cut(route, " ")
		if path == "/user/anonymous" { // is disabled
			keyed(app, someKey, path, object{}).Want(t, 404, "not_found")
		} else {
			keyed(app, someKey, path, object{}).Want(t, 400, "invalid_request")
		}
		keyed(app, someKey, path, object{"x": "y"}).Want(t, 422, "idempotency_mismatch")
		resp := keyed(app, "short", path, object{})
		if resp.Want(t, 400, "invalid_request"); resp.Text("field") != "Idempotency-Key" {
			t.Errorf("%s, want the field Idempotency-Key", resp.Body)
		}
	}
	tokens := app.SignIn(phone)
	for range 2 {
		resp := keyed(app, "short", "/user/refresh", object{"refreshToken": tokens.Refresh})
		if resp.Want(t, 200, ""); resp.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("a refresh is repeated: %v", resp.Header)
		}
	}
}

// A rate-limit refusal names the active challenge to a client with the key of the original
// request, from any network and as long as the challenge is active, and to nobody else.
func TestIdempotency_living(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		body := object{"phone": phone}
		ask := func(key, client string, body any) kit.Response {
			header := map[string]string{"X-Forwarded-For": client}
			if key != "" {
				header["Idempotency-Key"] = key
			}
			return from(app, "/user/otp", body, header)
		}
		refused := func(otpID string, resp kit.Response) {
			t.Helper()
			resp.Want(t, 429, "rate_limited")
			if resp.Text("otpId") != otpID || resp.Text("limit") != "cooldown" {
				t.Errorf("%s, want the otpId %q", resp.Body, otpID)
			}
		}
		first := ask(someKey, "192.0.2.7", body)
		first.Want(t, 200, "")
		id, code := first.Text("otpId"), app.Inbox(phone, 1)[0]
		for range 2 { // computed, and then cached
			refused("", ask("", "192.0.2.7", body))
			refused("", ask(someKey+"2", "192.0.2.7", body))
			refused(id, ask(someKey, "198.51.100.9", body))
		}
		refused("", ask(someKey, "198.51.100.9", object{"phone": phone, "purpose": "reset"}))
		app.Advance(61 * time.Second) // the answer is no longer repeated
		ask("", "192.0.2.7", object{"otpId": id}).Want(t, 200, "")
		refused(id, ask(someKey, "192.0.2.7", body))
		if again := ask(someKey, "192.0.2.7", body); again.Header.Get("Idempotency-Replayed") != "" {
			t.Errorf("a refusal by a limit is repeated: %s", again.Body)
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		refused("", ask(someKey, "192.0.2.7", body))
	}, "TrustedProxies: [127.0.0.0/8]")
}

// A client that disconnects while its code is checked gets the answer when it retries.
func TestIdempotency_clientGone(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		signedIn := 0
		for i := range 10 {
			to := fmt.Sprintf("+9198765432%02d", i)
			id, code := app.AskCode(to)
			ctx, gone := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Millisecond)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, app.URL+"/user/login",
				strings.NewReader(fmt.Sprintf(`{"otpId":%q,"otp":%q}`, id, code)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Idempotency-Key", someKey)
			if resp, err := http.DefaultClient.Do(req); err == nil {
				resp.Body.Close()
			}
			gone()
			if resp := keyed(app, someKey, "/user/login", fmt.Sprintf(`{"otpId":%q,"otp":%q}`, id, code)); resp.Status == 200 {
				signedIn++
			} else {
				t.Errorf("gone after %d ms: %d %s", i+1, resp.Status, resp.Body)
			}
			app.Advance(61 * time.Second)
		}
		if signedIn != 10 {
			t.Errorf("%d of 10 signed in", signedIn)
		}
	})
}

// Without Redis, passwords work and this node repeats its answers; codes give 503, which is
// never repeated.
func TestIdempotency_withoutRedis(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	for name, fail := range map[string]func(*kit.Line){"dead": (*kit.Line).Cut, "hung": (*kit.Line).Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits
			app := kit.New(t, kit.Real, kit.ShippedTimes)
			enroll(t, app, "ann")
			fail(app.RedisLine)
			const limit = 5500 * time.Millisecond
			body := object{"username": "ann", "password": passOne}
			first := within(t, limit, func() kit.Response { return keyed(app, someKey, "/user/login", body) })
			first.Want(t, 200, "")
			second := within(t, limit, func() kit.Response { return keyed(app, someKey, "/user/login", body) })
			if second.Want(t, 200, ""); string(second.Body) != string(first.Body) {
				t.Error("two pairs for one key at one node")
			}
			within(t, limit, func() kit.Response {
				return keyed(app, someKey, "/user/register", object{"username": "bob", "password": passOne})
			}).Want(t, 200, "")
			within(t, limit, func() kit.Response { return keyed(app, someKey, "/user/otp", object{"phone": phone}) }).Want(t, 503, "unavailable")
			app.RedisLine.Restore(t)
			app.Await("codes", func() bool { return keyed(app, someKey, "/user/otp", object{"phone": phone}).Status == 200 })
		})
	}
}

// If Redis serves reads and rejects writes, each client gets tokens of its own account and
// never another's answer.
func TestIdempotency_readOnlyRedis(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	nodes := []*kit.App{app, app.Beside()}
	users := map[string]int64{"ann": idOf(app, enroll(t, app, "ann")), "bob": idOf(app, enroll(t, app, "bob"))}
	ctx := context.Background()
	if err := app.Redis.Client.ConfigSet(ctx, "min-replicas-to-write", "1").Err(); err != nil {
		t.Fatal(err)
	}
	for i, node := range nodes {
		for name, id := range users {
			var pairs []string
			for range 2 {
				resp := keyed(node, someKey+name, "/user/login", object{"username": name, "password": passOne})
				resp.Want(t, 200, "")
				pairs = append(pairs, string(resp.Body))
				if got := idOf(node, resp.Tokens()); got != id {
					t.Errorf("node %d: the pair of user %d for %s, who is %d", i, got, name, id)
				}
			}
			if pairs[0] != pairs[1] {
				t.Errorf("node %d: two pairs for one key", i)
			}
		}
		// A client's key with another body is rejected, wherever the answer is stored.
		keyed(node, someKey+"ann", "/user/login", object{"username": "bob", "password": passOne}).Want(t, 422, "idempotency_mismatch")
	}
	if err := app.Redis.Client.ConfigSet(ctx, "min-replicas-to-write", "0").Err(); err != nil {
		t.Fatal(err)
	}
}
