package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

const (
	// passOne and passTwo are passwords that satisfy all rules.
	passOne = "rook-thistle-Lantern-41"
	passTwo = "späte Möwe über Kliff 9"

	byEmail = "email"
	byPhone = "phone"
)

// call sends a request with a bearer token. A nil body sends none.
func call(app *kit.App, method, path, bearer string, body any) kit.Response {
	return app.Do(kit.Request{Method: method, Path: path, Bearer: bearer, Body: body})
}

// byPassword signs in with a password and a username, phone or email; kind is the field.
func byPassword(app *kit.App, kind, name, password string) kit.Response {
	return app.Post("/user/login", object{kind: name, "password": password})
}

// enroll registers an account with a username and passOne.
func enroll(t *testing.T, app *kit.App, username string) kit.Tokens {
	t.Helper()
	made := app.Post("/user/register", object{"username": username, "password": passOne})
	made.Want(t, 200, "")
	login := byPassword(app, "username", username, passOne)
	login.Want(t, 200, "")
	tokens := login.Tokens()
	tokens.UserID = made.Number("id")
	return tokens
}

// idOf returns the user's id.
func idOf(app *kit.App, tokens kit.Tokens) int64 {
	return app.Get("/user/check", tokens.Access).Number("userId")
}

// sessionOf returns the session's id.
func sessionOf(app *kit.App, tokens kit.Tokens) string {
	return app.Get("/user/check", tokens.Access).Text("sessionId")
}

// codeBy requests a code for an address and waits for its message.
func codeBy(t *testing.T, app *kit.App, path, bearer, address string, body object) (otpID, code string) {
	t.Helper()
	before := len(app.Inbox(address, 0))
	ask := call(app, "POST", path, bearer, body)
	ask.Want(t, 200, "")
	return ask.Text("otpId"), app.Inbox(address, before+1)[0]
}

// codeFor requests a code for a purpose, by phone or email.
func codeFor(t *testing.T, app *kit.App, purpose, kind, address string) (otpID, code string) {
	t.Helper()
	return codeBy(t, app, "/user/otp", "", address, object{kind: address, "purpose": purpose})
}

// bindRoutes lists the routes that request and verify a new address of a kind.
func bindRoutes(kind string) (ask, verify string) {
	if kind == byEmail {
		return "/user/email/otp", "/user/email/verify"
	}
	return "/user/phone/otp", "/user/phone/verify"
}

// bindingCode returns the code that verifies the user's new address.
func bindingCode(t *testing.T, app *kit.App, tokens kit.Tokens, kind, address string) (otpID, code string) {
	t.Helper()
	path, _ := bindRoutes(kind)
	return codeBy(t, app, path, tokens.Access, address, object{kind: address})
}

// prove submits the code for a new address.
func prove(app *kit.App, tokens kit.Tokens, kind, otpID, code string) kit.Response {
	_, path := bindRoutes(kind)
	return call(app, "POST", path, tokens.Access, object{"otpId": otpID, "otp": code})
}

// bindAddress binds the address to the user.
func bindAddress(t *testing.T, app *kit.App, tokens kit.Tokens, kind, address string) {
	t.Helper()
	id, code := bindingCode(t, app, tokens, kind, address)
	prove(app, tokens, kind, id, code).Want(t, 200, "")
}

// messagesTo returns the messages in the inbox for an address, newest first.
func messagesTo(app *kit.App, address string) []object {
	resp := app.Get("/dev/inbox?to="+strings.ReplaceAll(address, "+", "%2B"), "")
	list, _ := resp.JSON["messages"].([]any)
	var messages []object
	for _, item := range list {
		messages = append(messages, item.(object))
	}
	return messages
}

// notices waits until an address has received n notices, and returns their texts, newest
// first.
func notices(t *testing.T, app *kit.App, address string, n int) []string {
	t.Helper()
	var texts []string
	app.Await(fmt.Sprint(n, " notices to ", address), func() bool {
		texts = texts[:0]
		for _, message := range messagesTo(app, address) {
			if message["otp"] == "" {
				texts = append(texts, message["body"].(string))
			}
		}
		return len(texts) >= n
	})
	if len(texts) != n {
		t.Errorf("%d notices to %s, want %d: %q", len(texts), address, n, texts)
	}
	return texts
}

// wantAlive checks that each session's access token works on the nodes. It also makes the
// nodes cache that the session is active.
func wantAlive(t *testing.T, nodes []*kit.App, sessions ...kit.Tokens) {
	t.Helper()
	for _, tokens := range sessions {
		for _, node := range nodes {
			node.Get("/user/check", tokens.Access).Want(t, 200, "")
		}
	}
}

// wantLearned checks that a node learns within 5 s that a session has ended.
func wantLearned(t *testing.T, node *kit.App, access string) {
	t.Helper()
	if !soon(func() bool { return node.Get("/user/check", access).Status == 401 }) {
		t.Error("another node has not learned of the end after 5 s")
	}
}

// wantEnded checks that no token of the sessions works on any node: immediately on the
// first, and within 5 s on the others.
func wantEnded(t *testing.T, nodes []*kit.App, sessions ...kit.Tokens) {
	t.Helper()
	for i, tokens := range sessions {
		for j, node := range nodes {
			if j > 0 {
				wantLearned(t, node, tokens.Access)
			}
			for path, resp := range map[string]kit.Response{
				"/user/check": node.Get("/user/check", tokens.Access), "/user/info": node.Get("/user/info", tokens.Access),
				"/user/refresh": refresh(node, tokens.Refresh),
			} {
				if resp.Status != 401 || resp.Text("code") != "session_ended" {
					t.Errorf("session %d on node %d: %s answers %d %s, want 401 session_ended", i, j, path, resp.Status, resp.Text("code"))
				}
			}
		}
	}
}

// wantUnlogged checks that the log of all tests so far contains none of the words.
func wantUnlogged(t *testing.T, words ...string) {
	t.Helper()
	log := kit.Log()
	for _, word := range words {
		if strings.Contains(log, word) {
			t.Errorf("the log contains %q", word)
		}
	}
}

// soon polls until the condition holds, for at most 5 s, after which the end of a session
// or account is in force everywhere.
func soon(done func() bool) bool {
	for deadline := time.Now().Add(kit.Busy(5 * time.Second)); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return false
}

// rows returns every row of every table with account data.
func (s *stores) rows() string {
	s.t.Helper()
	return s.table("user") + s.table("credential") + s.table("token")
}

// table returns every row of a table.
func (s *stores) table(table string) string {
	s.t.Helper()
	var text strings.Builder
	rows, err := s.db.Query("SELECT * FROM `" + table + "`")
	if err != nil {
		s.t.Fatal(err)
	}
	columns, _ := rows.Columns()
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			s.t.Fatal(err)
		}
		for _, value := range values {
			v := *value.(*any)
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			fmt.Fprintf(&text, "%v ", v)
		}
		text.WriteString("\n")
	}
	if err := rows.Close(); err != nil {
		s.t.Fatal(err)
	}
	return text.String()
}

// redisText returns every key of Redis with its value.
func (s *stores) redisText() string {
	s.t.Helper()
	ctx, rdb := context.Background(), s.app.Redis.Client
	var text strings.Builder
	for _, key := range rdb.Keys(ctx, "*").Val() {
		fmt.Fprintln(&text, key, rdb.Get(ctx, key).Val(), rdb.HGetAll(ctx, key).Val(), rdb.LRange(ctx, key, 0, -1).Val(),
			rdb.SMembers(ctx, key).Val(), rdb.ZRange(ctx, key, 0, -1).Val())
	}
	return text.String()
}

// alike returns the parts of an answer that must not depend on the address. A real Redis
// counts times by its own clock, so they may differ by seconds.
func alike(r kit.Response) string {
	header := r.Header.Clone()
	for _, own := range []string{"X-Request-Id", "Traceparent", "Date", "Retry-After"} {
		header[own] = make([]string, len(header[own]))
	}
	members := maps.Clone(r.JSON)
	for _, own := range []string{"requestId", "otpId"} {
		if text := r.Text(own); text != "" {
			members[own] = len(text)
		}
	}
	for _, own := range []string{"expiresIn", "resendIn", "retryAfter", "nextAllowedAt"} {
		if n := r.Number(own); n >= 0 {
			members[own] = (n + 5) / 10 * 10
		}
	}
	if mean, told := members["expectedIn"]; told { // the mean of all messages, which changes during a test
		delete(members, "expectedIn")
		header.Set("Content-Length", fmt.Sprint(len(r.Body)-len(fmt.Sprintf(`"expectedIn":%v,`, mean))))
	}
	return fmt.Sprintln(r.Status, members, header)
}

// timed is one response with its duration and what is wrong with it.
type timed struct {
	status int
	took   time.Duration
	fault  string
}

// crowd sends requests without the connection limit of the kit's client.
var crowd = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 600}}

func timeAnswer(method, url, bearer, body string) timed {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return timed{fault: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	start := time.Now()
	resp, err := crowd.Do(req)
	if err != nil {
		return timed{fault: err.Error()}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	one := timed{status: resp.StatusCode, took: time.Since(start)}
	switch {
	case err != nil:
		one.fault = err.Error()
	case !json.Valid(text), resp.StatusCode != 200 && resp.StatusCode != 503:
		one.fault = fmt.Sprintf("the body %.100q", text)
	case resp.StatusCode == 503 && resp.Header.Get("Retry-After") == "":
		one.fault = "503 without Retry-After"
	}
	return one
}
