package breached_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/password/breached"
	"user-api/internal/password/breached/breachedtest"
	"user-api/internal/testkit"
)

const (
	leaked = "correct horse battery"
	fresh  = "späte Möwe über Kliff 9"
)

func digits(text string) string {
	sum := sha1.Sum([]byte(text))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func checker(url string, allow bool, now func() time.Time) *breached.Checker {
	return breached.New(breached.Options{URL: url, Timeout: 10 * time.Second, Allow: allow, Now: now})
}

// A listed password is rejected in any normal form, another one is accepted, and only five digits
// are sent.
func TestCheck(t *testing.T) {
	list := breachedtest.New(t, leaked, "caf\u00e9 noir 17")
	c := checker(list.URL, false, time.Now)
	for text, want := range map[string]apperr.Code{
		leaked: apperr.WeakPassword, fresh: "", strings.ToUpper(leaked): "", "cafe\u0301 noir 17": apperr.WeakPassword,
	} {
		before := len(list.Asked())
		err := c.Check(t.Context(), text)
		if want == "" && err != nil || want != "" && !apperr.Is(err, want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if asked := list.Asked(); len(asked) != before+1 || len(asked[before]) != 5 {
			t.Errorf("%q: the list received %q", text, asked[before:])
		}
	}
	if err := c.Try(t.Context()); err != nil {
		t.Errorf("Try: %v", err)
	}
}

// answers are responses about leaked; want is the result of Check, "" if it is not listed.
func answers(list *breachedtest.List) map[string]struct {
	h    http.HandlerFunc
	want apperr.Code
} {
	rest, prefix := digits(leaked)[5:], digits(leaked)[:5]
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	whole := list.Answer(prefix)
	return map[string]struct {
		h    http.HandlerFunc
		want apperr.Code
	}{
		"as it is":              {body(whole), apperr.WeakPassword},
		"lines of Unix":         {body(strings.ReplaceAll(whole, "\r", "") + "\n"), apperr.WeakPassword},
		"in small letters":      {body(strings.ToLower(rest) + ":3\r\n"), apperr.WeakPassword},
		"padding of this hash":  {body(rest + ":0\r\n"), ""},
		"another hash":          {body(strings.Repeat("0", 35) + ":7"), ""},
		"padding and then seen": {body(rest + ":0\r\n" + rest + ":2"), apperr.WeakPassword},
		"in pieces": {func(w http.ResponseWriter, _ *http.Request) {
			for _, line := range strings.SplitAfter(whole, "\n") {
				fmt.Fprint(w, line)
				w.(http.Flusher).Flush()
			}
		}, apperr.WeakPassword},
		"nothing":                {body(""), apperr.Unavailable},
		"blank lines":            {body("\r\n\r\n"), apperr.Unavailable},
		"a page":                 {body("<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"), apperr.Unavailable},
		"JSON":                   {body(`{"` + rest + `":3}`), apperr.Unavailable},
		"short hashes":           {body(rest[1:] + ":3"), apperr.Unavailable},
		"no numbers":             {body(rest + ":many"), apperr.Unavailable},
		"negative numbers":       {body(rest + ":-1"), apperr.Unavailable},
		"a page at the end":      {body(whole + "\r\n<!-- served by a proxy -->"), apperr.Unavailable},
		"a long line at the end": {body(whole + "\r\n" + strings.Repeat("0", 100_000)), apperr.Unavailable},
		"half a megabyte":        {body(strings.Repeat(strings.Repeat("0", 35)+":7\r\n", 15_000)), apperr.Unavailable},
		"one endless line":       {body(strings.Repeat("0", 300_000)), apperr.Unavailable},
		"half, by length":        {half(whole, "Content-Length: "+fmt.Sprint(len(whole))), apperr.Unavailable},
		"half, in chunks":        {half(fmt.Sprintf("%x\r\n%s", len(whole), whole), "Transfer-Encoding: chunked"), apperr.Unavailable},
		"until it is closed":     {half(whole+whole, "Connection: close"), apperr.Unavailable},
		"no HTTP":                {half("", "\x00"), apperr.Unavailable},
		"400":                    {status(400), apperr.Unavailable},
		"404":                    {status(404), apperr.Unavailable},
		"429":                    {status(429), apperr.Unavailable},
		"500":                    {status(500), apperr.Unavailable},
		"503":                    {status(503), apperr.Unavailable},
		"204":                    {status(204), apperr.Unavailable},
		"another place":          {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/range/00000", http.StatusFound) }, apperr.Unavailable},
	}
}

// half sends the first half of the text after the header and closes the connection.
func half(text, header string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		out := bufio.NewWriter(conn)
		fmt.Fprintf(out, "HTTP/1.1 200 OK\r\n%s\r\n\r\n%s", header, text[:len(text)/2])
		out.Flush()
		conn.Close()
	}
}

// Only a valid response gives a result. Without one Check fails or accepts the password, as
// configured. The log reveals nothing.
func TestCheck_answers(t *testing.T) {
	var log bytes.Buffer
	old := logx.Reset()
	logx.SetWriter(logx.NewWriter(&locked{w: &log}))
	t.Cleanup(func() { logx.SetWriter(old) })
	list := breachedtest.New(t, leaked)
	for name, c := range answers(list) {
		list.Instead(c.h)
		if err := checker(list.URL, false, time.Now).Check(t.Context(), leaked); c.want == "" && err != nil || c.want != "" && !apperr.Is(err, c.want) {
			t.Errorf("%s, refuse: %v, want %q", name, err, c.want)
		} else if c.want == apperr.Unavailable && apperr.From(err).RetryAfter < time.Second {
			t.Errorf("%s: Retry-After %v", name, apperr.From(err).RetryAfter)
		}
		want := c.want
		if want == apperr.Unavailable {
			want = ""
		}
		if err := checker(list.URL, true, time.Now).Check(t.Context(), leaked); want == "" && err != nil || want != "" && !apperr.Is(err, want) {
			t.Errorf("%s, allow: %v, want %q", name, err, want)
		}
	}
	whole := digits(leaked)
	for _, secret := range []string{leaked, whole[:5], whole[5:], strings.ToLower(whole), list.URL} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if !strings.Contains(log.String(), "is unavailable") {
		t.Error("nothing is logged")
	}
}

type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// A hanging list costs one timeout, and a canceled request does not benefit from Allow.
func TestCheck_hangs(t *testing.T) {
	list, free := breachedtest.New(t, leaked), make(chan struct{})
	t.Cleanup(func() { close(free) })
	list.Instead(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
		}
	})
	c := breached.New(breached.Options{URL: list.URL, Timeout: 50 * time.Millisecond, Allow: true, Now: time.Now})
	if err := c.Check(t.Context(), leaked); err != nil {
		t.Errorf("allow: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := checker(list.URL, true, time.Now).Check(ctx, leaked); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("a canceled request: %v", err)
	}
	if err := checker("http://127.0.0.1:1/range", false, time.Now).Try(t.Context()); !errors.Is(err, breached.ErrUnavailable) {
		t.Errorf("nothing listens: %v", err)
	}
}

// The circuit breaker stops queries to a failing list except for probes, and honors Retry-After
// within limits. After a success it closes immediately.
func TestCheck_circuit(t *testing.T) {
	list, clock := breachedtest.New(t, leaked), testkit.NewClock()
	c := checker(list.URL, false, clock.Now)
	asks := func(want int, what string) {
		t.Helper()
		before := len(list.Asked())
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := c.Check(t.Context(), leaked); !apperr.Is(err, apperr.Unavailable) {
					t.Errorf("%s: %v", what, err)
				}
			})
		}
		all.Wait()
		if got := len(list.Asked()) - before; got != want {
			t.Errorf("%s: %d queries, want %d", what, got, want)
		}
	}
	list.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	for range 3 {
		if err := c.Check(t.Context(), leaked); !apperr.Is(err, apperr.Unavailable) {
			t.Error(err)
		}
	}
	asks(0, "after three failures")
	for range 3 {
		clock.Add(6 * time.Second)
		asks(1, "five seconds later")
	}
	clock.Add(6 * time.Second)
	list.Instead(nil)
	for range 2 {
		if err := c.Check(t.Context(), leaked); !apperr.Is(err, apperr.WeakPassword) {
			t.Errorf("after recovery: %v", err)
		}
	}

	wait := "60"
	list.Instead(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if err := c.Check(t.Context(), leaked); apperr.From(err).RetryAfter != time.Minute {
		t.Errorf("Retry-After %v", apperr.From(err).RetryAfter)
	}
	clock.Add(59 * time.Second)
	asks(0, "before the wait is over")
	clock.Add(2 * time.Second)
	wait = "86400"
	asks(1, "after the wait")
	clock.Add(5*time.Minute + time.Second)
	asks(1, "after a wait of a day, of which five minutes count")
}

// A server that lacks the most common password is not a list.
func TestTry(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("0", 35)+":7")
	}))
	defer server.Close()
	if err := checker(server.URL, false, time.Now).Try(t.Context()); !errors.Is(err, breached.ErrNotAList) {
		t.Errorf("Try: %v", err)
	}
}
