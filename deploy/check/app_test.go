package check

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// own are the headers by which an app behind a gateway knows its users.
var own = []string{"X-User-Id", "X-User-Role", "X-Session-Id"}

type (
	// app is behind a gateway, and remembers the last request byte by byte: a server would
	// refuse or tidy what an app in another language reads.
	app struct {
		host string
		mu   sync.Mutex
		last *seen
	}

	// seen is a request as it came: the lines of its head, and what was behind them.
	seen struct {
		lines []string
		body  []byte
	}
)

func newApp(t *testing.T) *app {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	a := &app{host: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go a.serve(conn)
		}
	}()
	return a
}

func (a *app) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	s := &seen{}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return // a probe, or a connection that was not used
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" && len(s.lines) > 0 {
			break
		}
		s.lines = append(s.lines, line)
	}
	// Noted at once: of a body that does not come the head has come all the same.
	a.mu.Lock()
	a.last = s
	a.mu.Unlock()
	body := readBody(in, s)
	a.mu.Lock()
	s.body = body
	a.mu.Unlock()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

// readBody reads what a request has behind its head, chunks and trailers as they came.
func readBody(in *bufio.Reader, s *seen) []byte {
	if slices.Contains(s.values("Transfer-Encoding"), "chunked") {
		var all bytes.Buffer
		for !bytes.HasSuffix(all.Bytes(), []byte("\r\n\r\n")) {
			line, err := in.ReadBytes('\n')
			if all.Write(line); err != nil {
				break
			}
		}
		return all.Bytes()
	}
	if lengths := s.values("Content-Length"); len(lengths) == 1 {
		n, _ := strconv.Atoi(lengths[0])
		body := make([]byte, n)
		n, _ = io.ReadFull(in, body)
		return body[:n]
	}
	return nil
}

// take returns the last request, nil if there was none, and forgets it.
func (a *app) take() (s *seen) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, a.last = a.last, nil
	return s
}

// target is what was asked for.
func (s *seen) target() string {
	parts := strings.Split(s.lines[0], " ")
	return strings.Join(parts[1:max(1, len(parts)-1)], " ")
}

var separators = regexp.MustCompile(`[^a-z0-9]+`)

// likened is a header's name as the most generous of servers reads it: to CGI and its
// heirs a hyphen, an underscore and, to some, any other sign are the same.
func likened(name string) string {
	return strings.Trim(separators.ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// values are those of the headers whose names are like a name.
func (s *seen) values(name string) (values []string) {
	for _, line := range s.lines[1:] {
		if key, value, ok := strings.Cut(line, ":"); ok && likened(key) == likened(name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// wantUser demands that a request tells the app of a user as user-api did, and hands it
// no token; of nobody where who is nil.
func (s *seen) wantUser(t *testing.T, what string, who http.Header) {
	t.Helper()
	for _, name := range own {
		want := []string(nil)
		if who != nil {
			want = []string{who.Get(name)}
		}
		if got := s.values(name); !slices.Equal(got, want) {
			t.Errorf("%s: the app is given %s %q, want %q, in %q", what, name, got, want, s.lines)
		}
	}
	if got := s.values("Authorization"); len(got) > 0 {
		t.Errorf("%s: the app is given the token", what)
	}
}

// raw sends a request as it is written, with its line breaks made those of HTTP, and
// returns the status of the answer; 0 where there is none.
func raw(t *testing.T, host, text string) int {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil {
		return 0
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
