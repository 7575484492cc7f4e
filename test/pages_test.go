package test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"user-api/test/kit"
)

// pageFile matches the address of a file in a page.
var pageFile = regexp.MustCompile(`"(/assets/[0-9a-f]+/[a-z]+\.(js|css))"`)

// pageDeeds request pages, which use no store.
var pageDeeds = []deed{
	{"GET /", "", func(m *matrix) attempt { return attempt{Request: get("/", "")} }},
	{"GET /account", "", func(m *matrix) attempt { return attempt{Request: get("/account", "")} }},
	{"GET /admin/ui", "", func(m *matrix) attempt { return attempt{Request: get("/admin/ui", "")} }},
	{"GET /captcha", "", func(m *matrix) attempt { return attempt{Request: get("/captcha", "")} }},
	{"GET /signin.js", "", func(m *matrix) attempt { return attempt{Request: get("/signin.js", "")} }},
	{"GET /dev/inbox/stream", "", func(m *matrix) attempt { return attempt{Request: get("/dev/inbox/stream?once=true", "")} }},
	{"GET /dev/inbox/mail/:id", "", func(m *matrix) attempt {
		return attempt{Request: get("/dev/inbox/mail/"+letter(m.App, m.mail()), "")}
	}},
	{"GET /assets/:hash/:name", "", func(m *matrix) attempt {
		return attempt{Request: get(string(pageFile.FindSubmatch(m.Get("/", "").Body)[1]), "")}
	}},
}

// letter returns the id of an e-mail with a code, once it has arrived.
func letter(app *kit.App, to string) string {
	app.Post("/user/otp", object{"email": to})
	app.Inbox(to, 1)
	list, _ := app.Get("/dev/inbox?to="+to, "").JSON["messages"].([]any)
	return fmt.Sprint(list[0].(object)["id"])
}

// Each page is served with its files, which are cacheable forever.
func TestPages(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	for _, at := range []string{"/", "/account", "/admin/ui"} {
		page := app.Get(at, "")
		page.Want(t, http.StatusOK, "")
		if got := page.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s is %s", at, got)
		}
		files := pageFile.FindAllStringSubmatch(string(page.Body), -1)
		if len(files) != 2 {
			t.Errorf("%s has the files %v, want a style and a script", at, files)
		}
		for _, file := range files {
			answer := app.Get(file[1], "")
			answer.Want(t, http.StatusOK, "")
			if got := answer.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("%s: Cache-Control %q", file[1], got)
			}
		}
	}
	for _, at := range []string{"/assets/0000000000000000/signin.js", "/assets/x/../signin.js", "/assets/x"} {
		app.Get(at, "").Want(t, http.StatusNotFound, "not_found")
	}
}

// A disabled page does not exist, and neither do its files.
func TestPages_off(t *testing.T) {
	all := kit.New(t, kit.Embedded)
	files := map[string]string{}
	for _, at := range []string{"/", "/account", "/admin/ui"} {
		for _, file := range pageFile.FindAllStringSubmatch(string(all.Get(at, "").Body), -1) {
			files[file[1]] = at
		}
	}
	for setting, off := range map[string][]string{
		"Enabled: false": {"/", "/account", "/admin/ui"}, "Account: false": {"/account"}, "Admin: false": {"/admin/ui"},
	} {
		app := kit.New(t, kit.Embedded, kit.Option("Web: {"+setting+"}"))
		gone := map[string]bool{}
		for _, at := range off {
			gone[at] = true
			app.Get(at, "").Want(t, http.StatusNotFound, "not_found")
		}
		for file, at := range files {
			status, code := http.StatusOK, ""
			if gone[at] {
				status, code = http.StatusNotFound, "not_found"
			}
			app.Get(file, "").Want(t, status, code)
		}
	}
}
