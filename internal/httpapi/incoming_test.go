package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

// half sends text, closes the sending side, and reads until the server closes.
func half(t *testing.T, addr, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, text)
	conn.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func want408(t *testing.T, name, answer string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
	if err != nil {
		t.Errorf("%s: %q is no answer: %v", name, answer, err)
		return
	}
	var body map[string]any
	err = json.NewDecoder(res.Body).Decode(&body)
	if err != nil || res.StatusCode != 408 || body["code"] != "request_timeout" || body["requestId"] != res.Header.Get("X-Request-Id") || body["msg"] == "" {
		t.Errorf("%s: %s with %v, want 408 with our body", name, res.Status, body)
	}
	if !res.Close {
		t.Errorf("%s: the connection stays open, so the rest of the body would be parsed as a request", name)
	}
}

// An incomplete body causes a 408, regardless of how it is sent and who reads it. It is
// random whether the handler or go-zero's timeout notices first, so each case is repeated.
func TestABodyThatStopsIsA408(t *testing.T) {
	var calls atomic.Int64
	raws := rest.Route{Method: http.MethodPost, Path: "/raw", Handler: func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			httpapi.Error(w, r, fmt.Errorf("read: %w", err))
			return
		}
		httpapi.NoContent(w)
	}}
	deaf := rest.Route{Method: http.MethodPost, Path: "/deaf", Handler: func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		httpapi.Error(w, r, context.Canceled) // only what became of the context
	}}
	forms := rest.Route{Method: http.MethodPost, Path: "/form", Handler: func(w http.ResponseWriter, r *http.Request) {
		if _, err := httpapi.ReadBody(r); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}}
	o := options()
	o.Bodies = httpapi.Bodies{"POST /form": {Types: []string{"application/x-www-form-urlencoded"}, Max: httpapi.MaxBody}}
	ts := site{edge: o, readTimeout: 100 * time.Millisecond, routes: []rest.Route{decoding(&calls), raws, deaf, forms}}.start(t)
	addr := ts.Listener.Addr().String()
	const json, form = "application/json", "application/x-www-form-urlencoded"
	for _, path := range []string{"/user/otp " + json, "/raw " + json, "/deaf " + json, "/form " + form} {
		path, kind, _ := strings.Cut(path, " ")
		head := "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind + "\r\n"
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for name, rest := range map[string]string{
				"part of its length":   "Content-Length: 100\r\n\r\n{",
				"nothing of it":        "Content-Length: 100\r\n\r\n",
				"part of a chunk":      "Transfer-Encoding: chunked\r\n\r\n10\r\n{",
				"no last chunk":        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
				"no chunk":             "Transfer-Encoding: chunked\r\n\r\n",
				"in gzip, part of it":  "Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n" + zip("{}")[:15],
				"in gzip, no part":     "Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n",
				"after 100 (Continue)": "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
			} {
				if path == "/form" && strings.Contains(rest, "gzip") {
					continue // refused for that
				}
				for range 2 {
					cut := half(t, addr, head+rest)
					slow := raw(t, ts, head+rest)
					for how, answer := range map[string]string{"cut": cut, "slow": slow} {
						_, answer, _ = strings.Cut("\n"+strings.TrimPrefix(answer, "HTTP/1.1 100 Continue\r\n\r\n"), "\n")
						want408(t, path+" "+how+", "+name, answer)
					}
				}
			}
		})
	}
}

// Without a read timeout, the timeout of the whole request expires. The result is the same,
// and the response does not wait for the rest of the body.
func TestABodyThatOutlastsTheRequestIsA408(t *testing.T) {
	var calls atomic.Int64
	ts := site{timeout: 500 * time.Millisecond, routes: []rest.Route{decoding(&calls)}}.start(t)
	want408(t, "slow", raw(t, ts, "POST /user/otp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
}

// A handler that never reads the body is our fault, but its response does not wait for the
// body either.
func TestATimeoutDoesNotWaitForTheBody(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	ts := site{timeout: 50 * time.Millisecond, routes: []rest.Route{
		{Method: http.MethodPost, Path: "/hang", Handler: func(http.ResponseWriter, *http.Request) { <-release }},
	}}.start(t)
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(conn, "POST /hang HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 503") || !strings.Contains(string(answer), `"code":"unavailable"`) {
		t.Errorf("%q, %v, want 503 and the end of the connection", answer, err)
	}
}

// A complete but malformed body is not a timeout.
func TestABodyThatIsWrongIsNoTimeout(t *testing.T) {
	var calls atomic.Int64
	ts := site{routes: []rest.Route{decoding(&calls)}}.start(t)
	const head = "POST /user/otp HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
	for name, rest := range map[string]string{
		"no chunk":       "Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
		"gzip cut short": "Content-Encoding: gzip\r\nContent-Length: 15\r\n\r\n" + zip("{}")[:15],
		"JSON cut short": "Content-Length: 1\r\n\r\n{",
	} {
		if answer := raw(t, ts, head+rest); !strings.HasPrefix(answer, "HTTP/1.1 400") || !strings.Contains(answer, `"code":"invalid_request"`) {
			t.Errorf("%s: %q, want 400", name, answer)
		}
	}
}

// 499 is only for the log. A client that disconnected or closed its sending side never
// receives this nonstandard status.
func TestNoClientIsSent499(t *testing.T) {
	wait := get("/wait", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		httpapi.Error(w, r, r.Context().Err())
	})
	own := get("/own", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(499) })
	ts := site{routes: []rest.Route{wait, own}}.start(t)
	for _, path := range []string{"/wait", "/own"} {
		id := unique()
		answer := half(t, ts.Listener.Addr().String(), "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: "+id+"\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 503") || !strings.Contains(answer, `"code":"unavailable"`) || !strings.Contains(answer, "Retry-After: 1") {
			t.Errorf("%s: %q, want 503 with our body", path, answer)
		}
		if lines := waitFor(t, id, `"status":499`); len(lines) == 0 {
			t.Errorf("%s: logged %q, want the status 499", path, logged.lines(id))
		}
	}
}

// The connection is closed after a request that may have had two lengths.
func TestTwoLengthsCloseTheConnection(t *testing.T) {
	var calls atomic.Int64
	ts := site{routes: []rest.Route{decoding(&calls)}}.start(t)
	const (
		post   = "POST /user/otp HTTP/1.%d\r\nHost: x\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
		length = "Content-Length: 13\r\n"
		chunks = "Transfer-Encoding: chunked\r\n"
		plain  = `{"phone":"1"}`
		lumps  = "d\r\n" + plain + "\r\n0\r\n\r\n"
		next   = "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	)
	for name, c := range map[string]struct {
		request string
		status  string
		stays   bool
	}{
		"a length":                    {fmt.Sprintf(post, 1) + length + "\r\n" + plain, "204", true},
		"both":                        {fmt.Sprintf(post, 1) + length + chunks + "\r\n" + lumps, "204", false},
		"both, the other way round":   {fmt.Sprintf(post, 1) + chunks + length + "\r\n" + lumps, "204", false},
		"both, refused":               {strings.Replace(fmt.Sprintf(post, 1), "/user/otp", "/nowhere", 1) + length + chunks + "\r\n" + lumps, "404", false},
		"both in HTTP/1.0":            {fmt.Sprintf(post, 0) + length + chunks + "\r\n" + plain, "204", false},
		"chunks without one, in 1.0":  {fmt.Sprintf(post, 0) + chunks + "\r\n" + lumps, "400", false},
		"a length that is none, both": {fmt.Sprintf(post, 1) + "Content-Length: x\r\n" + chunks + "\r\n" + lumps, "400", false},
	} {
		answer := raw(t, ts, c.request+next)
		if !strings.HasPrefix(answer[strings.IndexByte(answer, ' ')+1:], c.status) || strings.Count(answer, "HTTP/1.") != map[bool]int{true: 2, false: 1}[c.stays] {
			t.Errorf("%s: %q, want %s and the next one answered: %t", name, answer, c.status, c.stays)
		}
	}
}

func TestIdleConnectionsAreKeptAsLongAsConfigured(t *testing.T) {
	o := options()
	o.IdleTimeout = 620 * time.Second
	if ts := (site{edge: o}).start(t); ts.Config.IdleTimeout != o.IdleTimeout {
		t.Errorf("IdleTimeout = %v, want %v", ts.Config.IdleTimeout, o.IdleTimeout)
	}
}
