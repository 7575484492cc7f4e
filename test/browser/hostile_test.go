package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"user-api/internal/client"
	"user-api/test/kit"
)

// framing is a page of another origin that shows what the query names in a frame.
func framing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A frame</title><link rel="icon" href="data:,"><iframe title="x" src=%q></iframe></html>`, r.URL.Query().Get("show"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// What users and providers may write becomes no markup and no script on any page, and no
// page of another origin frames one.
func TestHostile(t *testing.T) {
	r := start(t, "Accounts: {Anonymous: true}\n", "Web: {Brand: {Name: '<img src=x onerror=pwned=1>'}}\n")
	shop, _, err := r.Service.Clients.Create(t.Context(), client.Draft{Name: "shop", Public: true, Redirects: []string{"http://127.0.0.1/cb"}})
	if err != nil {
		t.Fatal(err)
	}
	r.on("write", r.write)
	r.run("hostile.mjs", object{"stranger": framing(t), "client": shop.ID})
}

// A page that may be framed is so by the origins that are named, and by no others; that of
// administrators by nobody.
func TestFrames(t *testing.T) {
	friend := framing(t)
	r := start(t, kit.Option(fmt.Sprintf("Web: {FrameAncestors: [%q]}\n", friend)))
	r.run("frames.mjs", object{"friend": friend, "stranger": framing(t)})
}

// write has texts wherever somebody may write one: {"texts": […]} → the id and the tokens of
// a user who has them in the profile and in sessions, and asked for codes at addresses that
// have them.
func (r *rig) write(args json.RawMessage) (any, error) {
	var given struct{ Texts []string }
	if err := json.Unmarshal(args, &given); err != nil {
		return nil, err
	}
	ask := func(method, path, bearer string, body any, agent string) (kit.Response, error) {
		answer, err := r.TryDo(kit.Request{Method: method, Path: path, Bearer: bearer, Body: body, Header: map[string]string{"User-Agent": agent}})
		if err == nil && answer.Status/100 != 2 {
			err = fmt.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Body)
		}
		return answer, err
	}
	const name, secret = "victim", "correct horse battery"
	if _, err := ask(http.MethodPost, "/user/register", "", object{"username": name, "password": secret}, ""); err != nil {
		return nil, err
	}
	var in kit.Response
	metadata := object{}
	for i, text := range given.Texts {
		metadata[fmt.Sprintf("text%02d", i)] = text
		other, err := ask(http.MethodPost, "/user/anonymous", "", object{}, text)
		if err == nil {
			_, err = ask(http.MethodPatch, "/user/info", other.Tokens().Access, object{"displayName": text}, "")
		}
		if err != nil {
			return nil, err
		}
		info, err := ask(http.MethodGet, "/user/info", other.Tokens().Access, nil, "")
		if err == nil {
			err = r.Service.Accounts.Ban(r.t.Context(), info.Number("id"), text, time.Time{})
		}
		if err != nil {
			return nil, err
		}
		if in, err = ask(http.MethodPost, "/user/login", "", object{"username": name, "password": secret}, text); err != nil {
			return nil, err
		}
	}
	if _, err := ask(http.MethodPatch, "/user/info", in.Tokens().Access, object{"displayName": given.Texts[0], "metadata": metadata}, ""); err != nil {
		return nil, err
	}
	// The letters that an address may have.
	for _, local := range []string{"'onload=pwned", "`pwned=1`", "{{pwned=1}}", "${pwned}", "&lt;img", "a/**/+pwned"} {
		answer, err := r.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"email": strings.ToLower(local) + "@example.com"}})
		if err != nil || answer.Status != http.StatusOK && answer.Text("code") != "invalid_email" {
			return nil, fmt.Errorf("%s: %d %s %w", local, answer.Status, answer.Body, err)
		}
	}
	info, err := ask(http.MethodGet, "/user/info", in.Tokens().Access, nil, "")
	return object{"id": info.Number("id"), "tokens": in.JSON}, err
}
