package test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// oddRequest is a request line with headers, and the expected status and code. "BEARER"
// stands for a valid Authorization header.
type oddRequest struct {
	name, head string
	status     int
	code       string
}

// Headers do not select the method, path, client address or format of the answer, and do
// not bypass the route's limits.
var oddHeaders = []oddRequest{
	{"an event stream", "GET /user/check HTTP/1.1\r\nAccept: text/event-stream\r\nBEARER", 200, ""},
	{"an event stream, refused", "GET /user/check HTTP/1.1\r\nAccept: text/event-stream\r\n", 401, "unauthorized"},
	{"a web socket", "GET /user/check HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\nBEARER", 200, ""},
	{"a web socket, refused", "GET /user/check HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", 401, "unauthorized"},
	{"HTTP/2 in clear", "GET /user/check HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nBEARER", 200, ""},
	{"HTTP/1.0", "GET /user/check HTTP/1.0\r\nBEARER", 200, ""},
	{"another method by header", "GET /user/login HTTP/1.1\r\nX-HTTP-Method-Override: POST\r\nX-HTTP-Method: POST\r\nX-Method-Override: POST\r\n", 405, "method_not_allowed"},
	{"another method by query", "GET /user/login?_method=POST HTTP/1.1\r\n", 405, "method_not_allowed"},
	{"another path by header", "GET /healthz HTTP/1.1\r\nX-Original-URL: /user/check\r\nX-Rewrite-URL: /user/check\r\nX-Forwarded-Prefix: /user/check\r\n", 200, ""},
	{"a user by header", "GET /user/check HTTP/1.1\r\nX-User-Id: 1\r\nX-Session-Id: 1\r\nX-User-Role: admin\r\n", 401, "unauthorized"},
	{"another host", "GET /user/check HTTP/1.1\r\nX-Forwarded-Host: " + canary + "\r\nForwarded: for=" + canary + "\r\nBEARER", 200, ""},
	{"an absolute address", "GET http://" + canary + ".example/user/check HTTP/1.1\r\n", 401, "unauthorized"},
	{"only XML", "GET /user/check HTTP/1.1\r\nAccept: application/xml\r\nAccept-Charset: utf-16\r\nBEARER", 200, ""},
	{"a range", "GET /user/check HTTP/1.1\r\nRange: bytes=0-0\r\nIf-None-Match: *\r\nBEARER", 200, ""},
	{"compressed", "GET /user/check HTTP/1.1\r\nAccept-Encoding: gzip, br\r\nTE: trailers, deflate\r\nBEARER", 200, ""},
	{"forged traces", "GET /user/check HTTP/1.1\r\nTraceparent: " + canary + "\r\nBaggage: a=" + canary + "\r\nX-Forwarded-For: " + canary + ", 999.1.1.1\r\nBEARER", 200, ""},
	{"a request id that is no word", "GET /healthz HTTP/1.1\r\nX-Request-Id: <" + canary + ">\r\n", 200, ""},
	{"two bearers", "GET /user/check HTTP/1.1\r\nBEARERBEARER", 401, "unauthorized"},
	{"a token beside a good one", "GET /user/check HTTP/1.1\r\nAuthorization: Bearer " + canary + "\r\nBEARER", 401, "unauthorized"},
	{"a cookie", "GET /user/check HTTP/1.1\r\nCookie: Authorization=" + canary + "\r\n", 401, "unauthorized"},
	{"20 KB of token", "GET /user/check HTTP/1.1\r\nAuthorization: Bearer " + strings.Repeat("A", 20<<10) + "\r\n", 401, "unauthorized"},
	{"20 KB of header", "GET /user/check HTTP/1.1\r\nUser-Agent: " + strings.Repeat("é", 10<<10) + "\r\nAccept-Language: " + strings.Repeat("x,", 10<<10) + "\r\nBEARER", 200, ""},
	{"a body where there is none", "GET /user/check HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\nBEARER", 200, ""},
	{"10 MB for another", "GET /user/check HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\nConnection: close\r\nBEARER", 200, ""},
	{"10 MB where there is none", "GET /user/info HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\nBEARER", 413, "body_too_large"},
	{"10 MB announced", "POST /user/login HTTP/1.1\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n", 413, "body_too_large"},
	{"a form announced", "POST /user/login HTTP/1.1\r\nExpect: 100-continue\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n", 415, "unsupported_media_type"},
	{"a body of another method", "GET /user/login HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n", 405, "method_not_allowed"},
}

// An odd path or method reaches a route with its gate, or none.
var oddTargets = []oddRequest{
	{"TRACE", "TRACE /user/info HTTP/1.1\r\nX-Canary: " + canary + "\r\nBEARER", 405, "method_not_allowed"},
	{"OPTIONS", "OPTIONS /user/login HTTP/1.1\r\nOrigin: https://" + canary + ".example\r\nAccess-Control-Request-Method: POST\r\n", 405, "method_not_allowed"},
	{"CONNECT", "CONNECT " + canary + ".example:443 HTTP/1.1\r\n", 404, "not_found"},
	{"an unknown method", "BREW /user/info HTTP/1.1\r\nBEARER", 405, "method_not_allowed"},
	{"a method in lower case", "get /user/info HTTP/1.1\r\nBEARER", 405, "method_not_allowed"},
	{"DELETE", "DELETE /user/info HTTP/1.1\r\nBEARER", 405, "method_not_allowed"},
	{"two slashes", "GET //user/info HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"a slash at the end", "GET /user/info/ HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"an escaped letter", "GET /user/%69nfo HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"dots", "GET /healthz/../user/./info HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"escaped dots", "GET /user/otp/%2e%2e/info HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"escaped slashes", "GET /user/otp/..%2f..%2fuser%2finfo HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"out of the root", "GET /user/otp/..%2f.. HTTP/1.1\r\n", 404, "not_found"},
	{"another case", "GET /user/INFO HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"a matrix parameter", "GET /user/info;a=b HTTP/1.1\r\nBEARER", 404, "not_found"},
	{"a backslash", `GET /user\info HTTP/1.1` + "\r\nBEARER", 404, "not_found"},
	{"the root twice", "GET // HTTP/1.1\r\n", 404, "not_found"},
	{"the root", "POST / HTTP/1.1\r\nContent-Length: 0\r\n", 405, "method_not_allowed"},
	{"a star", "GET * HTTP/1.1\r\n", 404, "not_found"},
	{"an id with a NUL", "GET /user/otp/%00 HTTP/1.1\r\n", 404, "not_found"},
	{"an id that is no UTF-8", "GET /user/otp/%ff%fe HTTP/1.1\r\n", 404, "not_found"},
	{"an id with a line break", "GET /user/otp/a%0d%0aX-Canary:%20" + canary + " HTTP/1.1\r\n", 404, "not_found"},
	{"an id of 20 KB", "GET /user/otp/" + strings.Repeat("A", 20<<10) + " HTTP/1.1\r\n", 404, "not_found"},
	{"a name of a key", "GET /user/otp/%7B%2A%7D:* HTTP/1.1\r\n", 404, "not_found"},
	{"a query that is none", "GET /dev/inbox?to=%zz HTTP/1.1\r\n", 400, "invalid_request"},
	{"a query with a NUL", "GET /dev/inbox?to=" + canary + "%00 HTTP/1.1\r\n", 400, "invalid_request"},
	{"a query that is no UTF-8", "GET /dev/inbox?to=" + canary + "%ff HTTP/1.1\r\n", 400, "invalid_request"},
	{"a query twice", "GET /dev/inbox?to=" + canary + "&to=b HTTP/1.1\r\n", 400, "invalid_request"},
	{"a query of 20 KB", "GET /dev/inbox?to=" + strings.Repeat("A", 20<<10) + " HTTP/1.1\r\n", 200, ""},
	{"an unknown query", "GET /healthz?a=" + canary + "&%zz HTTP/1.1\r\n", 200, ""},
}

// Every odd request gets one complete answer: JSON, in the form of the contract if it is an
// error, and without any text from the request.
func TestRequests_odd(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	bearer := "Authorization: Bearer " + app.SignIn(phone).Access + "\r\n"
	for _, odd := range append(oddHeaders, oddTargets...) {
		head := strings.ReplaceAll(odd.head, "BEARER", bearer)
		resp := exchange(t, app, head, nil, strings.NewReader(`{}`))
		if resp.Status != odd.status || resp.Text("code") != odd.code {
			t.Errorf("%s: %d %s, want %d %s", odd.name, resp.Status, resp.Body, odd.status, odd.code)
			continue
		}
		resp.Want(t, odd.status, odd.code)
		if resp.JSON == nil || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s: %q of type %s, want a JSON object", odd.name, resp.Body, resp.Header.Get("Content-Type"))
		}
		if (resp.Status == 405) != (resp.Header.Get("Allow") != "") {
			t.Errorf("%s: %d with Allow %q", odd.name, resp.Status, resp.Header.Get("Allow"))
		}
		wantNoCanary(t, odd.name, fmt.Sprint(string(resp.Body), resp.Header))
	}
	app.Get("/user/check", strings.TrimSpace(strings.TrimPrefix(bearer, "Authorization: Bearer "))).Want(t, 200, "")
}

// net/http itself answers what is not a valid request. The answer is not our JSON, but no
// internal error either, and repeats no input.
func TestRequests_refusedByNetHTTP(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	for _, c := range []struct {
		name, head string
		status     int
	}{
		{"2 MB of header", "GET /healthz HTTP/1.1\r\nX-Canary: " + canary + strings.Repeat("A", 2<<20) + "\r\n", 431},
		{"2 MB of path", "GET /" + strings.Repeat("A", 2<<20) + " HTTP/1.1\r\n", 431},
		{"an unknown expectation", "POST /user/login HTTP/1.1\r\nExpect: " + canary + "\r\n", 417},
		{"a header with a NUL", "GET /healthz HTTP/1.1\r\nX-Canary: " + canary + "\x00\r\n", 400},
		{"a path that is none", "GET /%zz" + canary + " HTTP/1.1\r\n", 400},
		{"an unknown transfer encoding", "POST /user/login HTTP/1.1\r\nTransfer-Encoding: " + canary + "\r\n", 501},
		{"two lengths", "POST /user/login HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n", 400},
	} {
		resp := exchange(t, app, c.head, nil, nil)
		if resp.Status != c.status {
			t.Errorf("%s: %d, want %d", c.name, resp.Status, c.status)
		}
		wantNoCanary(t, c.name, fmt.Sprint(string(resp.Body), resp.Header))
	}
	app.Get("/healthz", "").Want(t, 200, "")
}

// A HEAD is answered like a GET without the body, and the connection continues with the
// next request.
func TestRequests_head(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/user/check": 401, "/user/check/a": 401, "/user/login": 405, "/nowhere": 404} {
		io.WriteString(conn, "HEAD "+path+" HTTP/1.1\r\nHost: a\r\n\r\nGET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		head, get := readAnswer(t, r, "HEAD"), readAnswer(t, r, "GET")
		if head.Status != status || len(head.Body) > 0 {
			t.Errorf("HEAD %s: %d %q, want %d and no body", path, head.Status, head.Body, status)
		}
		for _, header := range []http.Header{head.Header, get.Header} {
			if header.Get("X-Request-Id") == "" {
				t.Errorf("HEAD and GET %s: no X-Request-Id", path)
			}
			header.Del("X-Request-Id")
			header.Del("Date")
		}
		if diff := cmp.Diff(get.Header, head.Header); get.Status != status || diff != "" {
			t.Errorf("GET and HEAD %s: %d and %d, headers (-GET +HEAD):\n%s", path, get.Status, head.Status, diff)
		}
	}
}
