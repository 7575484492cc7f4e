package test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/test/kit"
)

// send sends the input to the route, with the token and path of a valid one, on its own
// connection.
func (in badInput) send(t *testing.T, app *kit.App, route bodyRoute, good goodInput) kit.Response {
	t.Helper()
	headers := in.headers
	if headers == "" {
		headers = "Content-Type: application/json\r\n"
	}
	if good.bearer != "" {
		headers += "Authorization: Bearer " + good.bearer + "\r\n"
	}
	path := route.path
	if good.path != "" {
		path = good.path
	}
	head := route.method + " " + path + " HTTP/1.1\r\n" + headers
	body := io.MultiReader(strings.NewReader(in.body), io.LimitReader(letters{}, in.fill))
	if in.chunked {
		return exchange(t, app, head+"Transfer-Encoding: chunked\r\n", httputil.NewChunkedWriter, body)
	}
	return exchange(t, app, head+fmt.Sprintf("Content-Length: %d\r\n", int64(len(in.body))+in.fill), nil, body)
}

// exchange sends a raw request, adding a Host header and the end of its head, and reads the
// answer. The body follows concurrently: a refusal may come before its end, and then
// nothing reads the rest.
func exchange(t *testing.T, app *kit.App, head string, encode func(io.Writer) io.WriteCloser, body io.Reader) kit.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	var sent sync.WaitGroup
	defer sent.Wait()
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	sent.Go(func() {
		if _, err := io.WriteString(conn, head+"Host: localhost\r\n\r\n"); err != nil || body == nil {
			return
		}
		if encode == nil {
			io.Copy(conn, body)
			return
		}
		w := encode(conn)
		if _, err := io.Copy(w, body); err == nil {
			w.Close()
			io.WriteString(conn, "\r\n")
		}
	})
	method, _, _ := strings.Cut(head, " ")
	return readAnswer(t, bufio.NewReader(conn), method)
}

// cutShort sends the head of a request and a part of its body, and then closes its side of
// the connection.
func cutShort(t *testing.T, app *kit.App, route bodyRoute, good goodInput, framing string) kit.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	path := route.path
	if good.path != "" {
		path = good.path
	}
	if good.bearer != "" {
		framing += "Authorization: Bearer " + good.bearer + "\r\n"
	}
	start := good.body[:len(good.body)-1]
	if strings.Contains(framing, "chunked") {
		start = fmt.Sprintf("%x\r\n%s\r\n", len(start), start)
	}
	io.WriteString(conn, route.method+" "+path+" HTTP/1.1\r\nHost: user-api.test\r\nContent-Type: application/json\r\n"+framing+"\r\n"+start)
	conn.(*net.TCPConn).CloseWrite()
	return readAnswer(t, bufio.NewReader(conn), route.method)
}

func readAnswer(t *testing.T, r *bufio.Reader, method string) kit.Response {
	t.Helper()
	answer, err := http.ReadResponse(r, &http.Request{Method: method})
	for err == nil && answer.StatusCode == http.StatusContinue {
		answer, err = http.ReadResponse(r, &http.Request{Method: method})
	}
	if err != nil {
		t.Errorf("no answer: %v", err)
		return kit.Response{}
	}
	defer answer.Body.Close()
	resp := kit.Response{Status: answer.StatusCode, Header: answer.Header}
	if resp.Body, err = io.ReadAll(answer.Body); err != nil {
		t.Errorf("an incomplete answer: %v", err)
	}
	_ = json.Unmarshal(resp.Body, &resp.JSON)
	return resp
}

// letters reads as an endless sequence of "a".
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// bomb is 10 MB in 10 KB.
var bomb = sync.OnceValue(func() string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	io.WriteString(w, `{"otp":"`+canary)
	io.Copy(w, io.LimitReader(letters{}, 10<<20))
	w.Close()
	return b.String()
})

func zipped(plain string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, plain)
	w.Close()
	return b.String()
}

// wantRefusal checks an error and its body, and that they repeat no input.
func wantRefusal(t *testing.T, name string, resp kit.Response, want refusal) {
	t.Helper()
	if resp.Status != want.status || resp.Text("code") != want.code || resp.Text("field") != want.field {
		t.Errorf("%s: %d %s, want %d %s of %q", name, resp.Status, resp.Body, want.status, want.code, want.field)
		return
	}
	resp.Want(t, want.status, want.code)
	wantNoCanary(t, name, fmt.Sprint(string(resp.Body), resp.Header))
}

func wantNoCanary(t *testing.T, name, text string) {
	t.Helper()
	for _, bird := range []string{canary, canaryNumber} {
		if i := strings.Index(text, bird); i >= 0 {
			t.Errorf("%s repeats input: …%.200s", name, text[max(0, i-100):])
		}
	}
}

// stores inspects what an App stores.
type stores struct {
	t   *testing.T
	app *kit.App
	db  *sql.DB
}

func openStores(t *testing.T, app *kit.App) *stores {
	t.Helper()
	driver, source := "mysql", app.DataSource
	if file, ok := strings.CutPrefix(source, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &stores{t: t, app: app, db: db}
}

// settle waits until the queue is empty.
func (s *stores) settle() {
	s.t.Helper()
	s.app.Await("the end of the queue", func() bool {
		return s.app.Service.Notices.Held() == 0 && !strings.Contains(s.snapshot(), "asynq:")
	})
}

// since returns what is new, without keys that have expired.
func (s *stores) since(before string) []string {
	s.t.Helper()
	old := strings.Split(before, "\n")
	return slices.DeleteFunc(strings.Split(s.snapshot(), "\n"), func(line string) bool { return slices.Contains(old, line) })
}

// snapshot returns the rows per table and the keys, a line each; for the queue, its tasks.
// It leaves out what nodes write regularly, such as heartbeats, marks and the stream of
// ended sessions, and what every refusal leaves behind: the counts of a session's refusals
// and of a client's refreshes.
func (s *stores) snapshot() string {
	s.t.Helper()
	var list []string
	for _, table := range []string{"user", "credential", "token"} {
		var rows int
		if err := s.db.QueryRow("SELECT COUNT(*) FROM `" + table + "`").Scan(&rows); err != nil {
			s.t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s: %d rows", table, rows))
	}
	keys, err := s.app.Redis.Client.Keys(context.Background(), "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(keys)
	for _, key := range keys {
		beat := strings.HasPrefix(key, "asynq:") && !strings.Contains(key, ":t:")
		for _, own := range []string{"ua:beats:", "ua:mark:", "ua:{feed}:"} {
			beat = beat || strings.HasPrefix(key, own)
		}
		refusals := strings.HasPrefix(key, "ua:guard:") && (strings.HasSuffix(key, ":refused") || strings.Contains(key, ":refresh:"))
		if !beat && !refusals {
			list = append(list, key)
		}
	}
	return strings.Join(list, "\n")
}
