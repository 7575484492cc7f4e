package check

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// spoof is what a client sends to be taken for another: lines of a head. A gateway may
// refuse one that is malformed.
type spoof struct {
	what, lines string
	malformed   bool
}

// spoofs spell the headers of a user in every way.
func spoofs() []spoof {
	all := []spoof{{what: "nothing"}}
	for _, name := range own {
		under := strings.ReplaceAll(name, "-", "_")
		first, last := strings.Replace(name, "-", "_", 1), strings.Replace(under, "_", "-", 1)
		for _, spelled := range []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ToLower(name[:3]) + name[3:],
			under, strings.ToLower(under), strings.ToUpper(under), first, last} {
			all = append(all,
				spoof{spelled, spelled + ": spoofed\r\n", false},
				spoof{spelled + " twice", spelled + ": spoofed\r\n" + spelled + ": spoofed too\r\n", false},
				spoof{spelled + " and as it is", spelled + ": spoofed\r\n" + name + ": spoofed\r\n" + spelled + ": spoofed\r\n", false},
				spoof{spelled + ", empty", spelled + ":\r\n", false},
				spoof{spelled + ", of spaces", spelled + ": \t  \r\n", false},
				spoof{spelled + " with spaces around", spelled + ": \t spoofed \t \r\n", false},
				spoof{"hop by hop " + spelled, "Connection: close, " + spelled + "\r\n" + spelled + ": spoofed\r\n", true},
				spoof{"hop by hop, twice " + spelled, "Connection: " + spelled + "\r\nConnection: close\r\nKeep-Alive: " + spelled + "\r\n", true},
				spoof{"a space behind " + spelled, spelled + " : spoofed\r\n", true},
				spoof{"a tab behind " + spelled, spelled + "\t: spoofed\r\n", true},
				spoof{"a space before " + spelled, "X-Other: a\r\n " + spelled + ": spoofed\r\n", true},
				spoof{"first of all, a space before " + spelled, " " + spelled + ": spoofed\r\n", true},
				spoof{"a bare CR before " + spelled, "X-Other: a\r" + spelled + ": spoofed\r\n", true},
				spoof{"a bare LF before " + spelled, "X-Other: a\n" + spelled + ": spoofed\r\n", true},
				spoof{"a NUL in " + spelled, spelled + "\x00: spoofed\r\n", true},
				spoof{"a NUL behind " + spelled, spelled + ": spoofed\x00\r\n", true},
				spoof{"no colon behind " + spelled, spelled + "\r\n", true},
			)
		}
		for _, sign := range "!#$%&'*+.^`|~" {
			odd := strings.ReplaceAll(name, "-", string(sign))
			all = append(all, spoof{odd, odd + ": spoofed\r\n", false})
		}
	}
	upgrade := "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-User-Id: spoofed\r\n"
	return append(all,
		spoof{"an upgrade", "Connection: Upgrade\r\n" + upgrade, false},
		spoof{"an upgrade, hop by hop", "Connection: Upgrade, X-User-Id, X-User-Role\r\n" + upgrade, true},
		spoof{"HTTP/2 in clear", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nX-User-Role: spoofed\r\n", false},
		spoof{"hop by hop, all of them", "Connection: X-User-Id, X-User-Role, X-Session-Id, Authorization, Host\r\n", true},
		spoof{"large headers", "Cookie: " + strings.Repeat("a", 6<<10) + "\r\nX-Large: " + strings.Repeat("b", 6<<10) + "\r\nX-User-Id: spoofed\r\n", false},
		spoof{"larger ones", "Cookie: " + strings.Repeat("a", 7<<10) + "\r\nX-One: " + strings.Repeat("b", 7<<10) + "\r\nX-Two: " + strings.Repeat("c", 7<<10) + "\r\nX-User-Id: spoofed\r\n", true},
		spoof{"enormous ones", "Cookie: " + strings.Repeat("a", 40<<10) + "\r\nX-User-Id: spoofed\r\n", true},
		spoof{"another path to check", "X-Original-Url: /public/a\r\nX-Rewrite-Url: /public/a\r\nX-Forwarded-Uri: /public/a\r\nX-Forwarded-Method: OPTIONS\r\n", false},
		spoof{"another method", "X-Http-Method-Override: OPTIONS\r\n", false},
	)
}

// bodies are what a request may have behind its head.
var bodies = []struct{ what, lines, text, want string }{
	{"none", "", "", ""},
	{"a length", "Content-Length: 5\r\n", "hello", "hello"},
	{"chunks", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"},
	{"a trailer", "Transfer-Encoding: chunked\r\nTrailer: X-User-Id\r\n", "5\r\nhello\r\n0\r\nX-User-Id: spoofed\r\n\r\n", "hello"},
	{"a trailer that is not announced", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-User-Id: spoofed\r\n\r\n", "hello"},
}

// resists demands of a gateway before the app that nobody is taken for another, whatever
// he sends.
func resists(t *testing.T, gateway string, s *service, a *app) {
	t.Helper()
	good := signIn(t, s.url, "+919876543212")
	answer, _, err := ask(http.MethodGet, s.url+"/user/check", "", "Authorization", "Bearer "+good)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	who := answer.Header
	proofs := map[string]string{"a token": "Authorization: Bearer " + good + "\r\n", "no token": "", "a bad token": "Authorization: Bearer " + good + "x\r\n",
		"a token twice": "Authorization: Bearer x\r\nAuthorization: Bearer " + good + "\r\n"}
	try := func(what, request, proof string, open, malformed bool) *seen {
		t.Helper()
		a.take()
		status := raw(t, gateway, request)
		given := a.take()
		holds := proof == "a token"
		if !malformed && (open || holds) != (status == http.StatusOK && given != nil) && proof != "a token twice" {
			t.Errorf("%s: %d, and the app is asked: %t", what, status, given != nil)
		}
		switch {
		case given == nil:
		case open:
			given.wantUser(t, what, nil)
		case !holds:
			t.Errorf("%s: %d, and the app is asked: %q", what, status, given.lines)
		default:
			given.wantUser(t, what, who)
		}
		return given
	}
	for _, one := range spoofs() {
		for proof, line := range proofs {
			for target, open := range map[string]bool{"/orders/7?x=1": false, "/public/logo.png?x=1": true} {
				head := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: app.example.com\r\n%s", target, one.lines)
				try(fmt.Sprintf("%s, %s, %s", one.what, proof, target), head+line+"\r\n", proof, open, one.malformed)
			}
		}
	}
	for _, body := range bodies {
		for _, method := range []string{"POST", "PUT", "OPTIONS", "PROPFIND"} {
			request := fmt.Sprintf("%s /orders/7 HTTP/1.1\r\nHost: app.example.com\r\nX-User-Id: spoofed\r\n%s", method, body.lines)
			for proof, line := range proofs {
				given := try(fmt.Sprintf("%s, %s, %s", method, body.what, proof), request+line+"\r\n"+body.text, proof, false, false)
				if given != nil && !strings.Contains(string(given.body), body.want) {
					t.Errorf("%s, %s: the app is given the body %q", method, body.what, given.body)
				}
				if given != nil && strings.Contains(string(given.body), "spoofed") {
					t.Errorf("%s, %s: the app is given the trailer: %q", method, body.what, given.body)
				}
			}
		}
	}
	for _, target := range targets {
		for proof, line := range proofs {
			a.take()
			status := raw(t, gateway, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: app.example.com\r\nX-User-Id: spoofed\r\n%s\r\n", target, line))
			given := a.take()
			switch {
			case given == nil:
			case strings.HasPrefix(generous(given.target()), "/public/") && len(given.values("X-User-Id")) == 0:
				given.wantUser(t, target, nil)
			case proof == "a token":
				given.wantUser(t, target, who)
			default:
				t.Errorf("%s, %s: %d, and the app is asked for %s, which may be %s to it", target, proof, status, given.target(), generous(given.target()))
			}
		}
	}
}

// targets are ways from a path that is open to one that is not.
var targets = []string{
	"/public/../orders/7", "/public/%2e%2e/orders/7", "/public/.%2e/orders/7", "/public/..%2forders/7", "/public/%2e%2e%2forders/7", "/public/..;/orders/7",
	"/public/..;a=b/orders/7", "/public/%252e%252e/orders/7", "/public/..%5corders/7", `/public/..\orders/7`, "/public//../orders/7", "/public/.//../orders/7",
	"/public/a/../../orders/7", "//orders/7", "//public/../orders/7", "/./orders/7", "/orders/7;/public/", "/orders/7/../7", "/ORDERS/7", "/orders%2f7",
	"/orders/7?/public/", "/orders/7%3f/public/", "/orders/7#/public/", "/public", "/public/", "/Public/a", "/public%2f../orders/7", "/public/%00/../orders/7",
	"/_check", "/_check/", "//_check", "/%5fcheck", "http://app.example.com/orders/7", "http://other.example.com/orders/7", "http://app.example.com/public/../orders/7",
	"/public/a%20b", "/public/..%c0%af/orders/7", "/public/%u002e%u002e/orders/7", "*", "orders/7", "/public/....//orders/7", "/public/a;jsessionid=1", "/public/a?../../orders/7",
}

// generous is a path as the most generous of apps reads it: decoded as often as that
// changes something, without the parameters of its parts, backslashes taken for slashes.
func generous(target string) string {
	if u, err := url.Parse(target); err == nil && u.IsAbs() {
		target = u.EscapedPath()
	}
	target, _, _ = strings.Cut(target, "?")
	for {
		next, err := url.PathUnescape(target)
		if err != nil || next == target {
			break
		}
		target = next
	}
	parts := strings.Split(strings.ReplaceAll(target, `\`, "/"), "/")
	for i, part := range parts {
		parts[i], _, _ = strings.Cut(part, ";")
	}
	clean := path.Clean("/" + strings.Join(parts, "/"))
	if strings.HasSuffix(target, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}
