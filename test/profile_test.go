package test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// example returns a block of a page, by the comment before it.
func example(t *testing.T, page, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)<!-- " + name + " -->\n```[a-z]+\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no block %q", page, name)
	}
	return string(found[1])
}

func patchInfo(app *kit.App, tokens kit.Tokens, body any) kit.Response {
	return call(app, "PATCH", "/user/info", tokens.Access, body)
}

// The examples in docs/profile.md match the answers, on every node.
func TestProfile_page(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		user := app.SignIn(phone)
		patchInfo(app, user, `{"metadata":{"font":1.50,"tour":[{"a":1}]}}`).Want(t, 200, "")
		for _, node := range nodes {
			node.Get("/user/info", user.Access).Want(t, 200, "") // caches both rows
		}
		changed := patchInfo(app, user, example(t, "profile.md", "example: patch"))
		changed.Want(t, 200, "")
		var want object
		if err := json.Unmarshal([]byte(example(t, "profile.md", "example: info")), &want); err != nil {
			t.Fatal(err)
		}
		for i, resp := range []kit.Response{changed, nodes[0].Get("/user/info", user.Access), nodes[1].Get("/user/info", user.Access)} {
			want["id"], want["phone"], want["createdAt"] = resp.JSON["id"], phone, resp.JSON["createdAt"]
			if diff := cmp.Diff(want, resp.JSON); diff != "" || !strings.Contains(string(resp.Body), `"font":1.50,`) {
				t.Errorf("answer %d (-page +got):\n%s\n%s", i, diff, resp.Body)
			}
		}
	})
}

// Each field stays, is removed or changes as the table of the page says, and one invalid
// field leaves all unchanged.
func TestProfile_fields(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := app.SignIn(phone)
		enroll(t, app, "taken")
		set := object{"username": "Ann.X", "displayName": " Zoe\u0308 ", "locale": "pt_BR.UTF-8", "metadata": object{"a": 1, "b": object{"c": 1}}}
		patchInfo(app, user, set).Want(t, 200, "")
		profile := func() string {
			info := app.Get("/user/info", user.Access).JSON
			return fmt.Sprint(info["username"], " ", info["displayName"], " ", info["locale"], " ", info["metadata"])
		}
		const all = "ann.x Zoë pt-BR map[a:1 b:map[c:1]]"
		if got := profile(); got != all {
			t.Fatalf("%s, want %s", got, all)
		}
		big := strings.Repeat("x", 8200)
		for name, c := range map[string]struct {
			body any
			refusal
		}{
			"nothing":                 {object{}, refusal{400, "invalid_request", "username"}},
			"null alone":              {`{"username":null,"displayName":null,"locale":null,"metadata":null}`, refusal{400, "invalid_request", "username"}},
			"no username":             {`{"username":"","displayName":"Eve"}`, refusal{400, "invalid_username", "username"}},
			"a taken name":            {`{"username":"taken","displayName":"Eve","locale":"de","metadata":{"a":2}}`, refusal{409, "username_taken", "username"}},
			"a reserved name":         {`{"username":"admin","displayName":"Eve"}`, refusal{400, "invalid_username", "username"}},
			"a control character":     {`{"displayName":"a\u0007b","locale":"de"}`, refusal{400, "invalid_request", "displayName"}},
			"text turned around":      {`{"displayName":"a\u202eb"}`, refusal{400, "invalid_request", "displayName"}},
			"nothing to see":          {`{"displayName":"\u200b \u3164"}`, refusal{400, "invalid_request", "displayName"}},
			"65 characters":           {object{"displayName": strings.Repeat("ä", 65)}, refusal{400, "invalid_request", "displayName"}},
			"no language":             {`{"locale":"klingon!","displayName":"Eve"}`, refusal{400, "invalid_request", "locale"}},
			"an unknown language":     {`{"locale":"xq-YY"}`, refusal{400, "invalid_request", "locale"}},
			"metadata that is a list": {`{"metadata":[1],"displayName":"Eve"}`, refusal{400, "invalid_request", "metadata"}},
			"metadata that is text":   {`{"metadata":""}`, refusal{400, "invalid_request", "metadata"}},
			"a key twice":             {`{"metadata":{"a":{"b":1,"b":2}}}`, refusal{400, "invalid_request", "metadata"}},
			"a key twice, spelled":    {`{"metadata":{"a":1,"\u0061":2}}`, refusal{400, "invalid_request", "metadata"}},
			"33 levels":               {`{"metadata":{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}}`, refusal{400, "invalid_request", "metadata"}},
			"a NUL":                   {`{"metadata":{"a":"\u0000"}}`, refusal{400, "invalid_request", ""}},
			"8 KiB and more":          {object{"metadata": object{"c": big}}, refusal{400, "invalid_request", "metadata"}},
			"appMetadata":             {`{"appMetadata":{"plan":"pro"}}`, refusal{400, "invalid_request", "appMetadata"}},
		} {
			wantRefusal(t, name, patchInfo(app, user, c.body), c.refusal)
			if got := profile(); got != all {
				t.Fatalf("after %s: %s, want %s", name, got, all)
			}
		}
		for _, c := range []struct{ body, want string }{
			{`{"displayName":null,"locale":"de"}`, "ann.x Zoë de map[a:1 b:map[c:1]]"},
			{`{"displayName":"","metadata":null}`, "ann.x <nil> de map[a:1 b:map[c:1]]"},
			{`{"locale":"","metadata":{}}`, "ann.x <nil> <nil> map[a:1 b:map[c:1]]"},
			{`{"metadata":{"b":{"d":null},"x":null}}`, "ann.x <nil> <nil> map[a:1 b:map[d:<nil>]]"},
			{`{"metadata":{"a":null,"b":null}}`, "ann.x <nil> <nil> <nil>"},
			{`{"username":"ann.y","displayName":"Ann"}`, "ann.y Ann <nil> <nil>"},
		} {
			patchInfo(app, user, c.body).Want(t, 200, "")
			if got := profile(); got != c.want {
				t.Errorf("after %s: %s, want %s", c.body, got, c.want)
			}
		}
	})
}

// Concurrent merges on two nodes are all kept, and together cannot exceed 8 KiB.
func TestProfile_together(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		user := app.SignIn(phone)
		const many = 16
		var all sync.WaitGroup
		patch := func(key, value string, want ...int) {
			all.Go(func() {
				for i, node := range nodes {
					resp, err := node.TryDo(kit.Request{Method: "PATCH", Path: "/user/info", Bearer: user.Access,
						Body: object{"metadata": object{fmt.Sprint(key, i): value}}})
					if err != nil || fmt.Sprint(resp.Status) != "200" && len(want) == 0 {
						t.Errorf("%s: %d %s, %v", key, resp.Status, resp.Body, err)
					}
				}
			})
		}
		for i := range many {
			patch(fmt.Sprintf("k%d.", i), "v")
		}
		all.Wait()
		metadata, _ := app.Get("/user/info", user.Access).JSON["metadata"].(object)
		if len(metadata) != many*len(nodes) {
			t.Errorf("%d keys, want %d: %v", len(metadata), many*len(nodes), metadata)
		}
		for i := range 8 {
			patch(fmt.Sprintf("big%d.", i), strings.Repeat("x", 1000), 400)
		}
		all.Wait()
		metadata, _ = nodes[1].Get("/user/info", user.Access).JSON["metadata"].(object)
		if text, err := json.Marshal(metadata); err != nil || len(text) > 8<<10 || len(text) < 7000 {
			t.Errorf("%d bytes of metadata, %v, want up to 8 KiB", len(text), err)
		}
	})
}

// The trail records that a profile was changed and by whom, without values; no notice is
// sent.
func TestProfile_trail(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tr := newTrail(t, app)
		ann := enroll(t, app, "ann")
		tr.names[ann.UserID] = "ann"
		tr.want("a user", "registered ann", "sign_in:password ann session")
		patchInfo(app, ann, object{"displayName": "Quill Fernweh", "metadata": object{"quill": "fernweh"}}).Want(t, 200, "")
		tr.want("a profile", "profile_changed ann session")
		patchInfo(app, ann, object{"username": "anna", "locale": "de"}).Want(t, 200, "")
		tr.want("both", "profile_changed ann session", "username_changed ann session")
		patchInfo(app, ann, object{"displayName": "\u202e"}).Want(t, 400, "invalid_request")
		as(app, tr.admin.Access, "PATCH", replaceID("/admin/users/:id/metadata", ann.UserID), object{"appMetadata": object{"quill": 1}}).Want(t, 204, "")
		tr.want("appMetadata", "app_metadata_changed ann by admin")
		wantNothingInClear(t, app, "Quill", "Fernweh", "quill", "fernweh")
		wantUnlogged(t, "Quill Fernweh")
	})
}

// Changes are charged to the session, and all changes are refused alike.
func TestProfile_charged(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, "RateLimit: {User: {Acts: 3/600}}")
	user := app.SignIn(phone)
	for i := range 3 {
		patchInfo(app, user, object{"displayName": fmt.Sprint("Ann ", i)}).Want(t, 200, "")
	}
	patchInfo(app, user, object{"displayName": "Eve"}).Want(t, 429, "rate_limited")
	app.Get("/user/export", user.Access).Want(t, 429, "rate_limited")
	if got := app.Get("/user/info", user.Access).Text("displayName"); got != "Ann 2" {
		t.Errorf("a refused change was made: %s", got)
	}
}

// While the database rejects writes, a change gives 503 and has no effect. While Redis
// rejects them, it is made and visible in the database; a row cached before is shown for at
// most five more minutes.
func TestProfile_halfBroken(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	for name, status := range map[string]int{"1792 read-only transaction": 503, "READONLY": 200} {
		s := states[slices.IndexFunc(states, func(s state) bool { return s.name == name })]
		t.Run(s.title(), func(t *testing.T) {
			m := newMatrix(t, s.store)
			admin, user := asAdmin(t, m.App)
			path := replaceID("/admin/users/:id/metadata", idOf(m.App, user))
			patchInfo(m.App, user, object{"displayName": "Ann", "metadata": object{"a": 1}}).Want(t, 200, "")
			as(m.App, admin.Access, "PATCH", path, object{"appMetadata": object{"plan": "free"}}).Want(t, 204, "")
			m.Advance(11 * time.Second) // after the barrier, so that this read is cached
			before := m.Get("/user/info", user.Access)
			before.Want(t, 200, "")
			s.begin(m)
			changed := patchInfo(m.App, user, object{"displayName": "Eve", "metadata": object{"a": 2, "b": 3}})
			power := as(m.App, admin.Access, "PATCH", path, object{"appMetadata": object{"plan": "pro"}})
			shown := m.Get("/user/info", user.Access)
			s.end(m)
			if changed.Status != status || power.Status != status && power.Status != 204 {
				t.Errorf("PATCH: %d %s and %d %s, want %d", changed.Status, changed.Body, power.Status, power.Body, status)
			}
			if shown.Status != 200 {
				t.Errorf("during the fault: %d %s", shown.Status, shown.Body)
			}
			want := string(before.Body)
			if status == 200 {
				want = strings.NewReplacer(`"Ann"`, `"Eve"`, `{"a":1}`, `{"a":2,"b":3}`, `"free"`, `"pro"`).Replace(want)
				if docs := strings.Replace(string(changed.Body), `"free"`, `"pro"`, 1); docs != want {
					t.Errorf("the answer to the change is %s, want %s", changed.Body, want)
				}
			}
			m.Await("the stores", func() bool { return ready(m.App).Status == 200 })
			m.Advance(5*time.Minute + time.Second)
			if after := m.Get("/user/info", user.Access); string(after.Body) != want {
				t.Errorf("afterwards: %s, want %s", after.Body, want)
			}
			m.Await("a change", func() bool { return patchInfo(m.App, user, object{"displayName": "Zoe"}).Status == 200 })
		})
	}
}

// Codes and notices are in the user's language unless the request asks for another one.
// Other users and the answers are not affected.
func TestProfile_language(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const stranger = "+919876543288"
		user := app.SignIn(phone)
		bindAddress(t, app, user, byEmail, "ann@example.com")
		patchInfo(app, user, object{"locale": "fr_FR"}).Want(t, 200, "")
		ask := func(to string, header, locale string) string {
			app.Advance(2 * time.Minute)
			body, before := object{"phone": to}, len(app.Inbox(to, 0))
			if locale != "" {
				body["locale"] = locale
			}
			app.Do(kit.Request{Method: "POST", Path: "/user/otp", Body: body, Header: map[string]string{"Accept-Language": header}}).Want(t, 200, "")
			app.Inbox(to, before+1)
			codes := slices.DeleteFunc(messagesTo(app, to), func(message object) bool { return message["otp"] == "" })
			return codes[0]["body"].(string)
		}
		for _, c := range []struct{ name, to, header, locale, want string }{
			{"chosen", phone, "", "", "est votre code"},
			{"chosen beside a header", phone, "de", "", "est votre code"},
			{"asked for", phone, "", "de", "ist Ihr"},
			{"a stranger's header", stranger, "de", "", "ist Ihr"},
			{"a stranger's default", stranger, "", "", "Never share it"},
		} {
			if got := ask(c.to, c.header, c.locale); !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
		app.Advance(2 * time.Minute)
		again := app.SignIn(phone)
		call(app, "POST", "/user/password", again.Access, object{"newPassword": passOne}).Want(t, 204, "")
		if got := notices(t, app, phone, 2)[0]; !strings.Contains(got, "mot de passe") {
			t.Errorf("the notice is %q, want it in French", got)
		}
	})
}
