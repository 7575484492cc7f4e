package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
)

// streaming serves one route, whose response write produces, behind the Edge.
func streaming(t *testing.T, pause time.Duration, write func(context.Context, io.Writer) error) *httptest.Server {
	t.Helper()
	server := newServer(t)
	err := httpapi.Mount(server, httpapi.Routes{
		Register: func(s *rest.Server) {
			s.AddRoutes([]rest.Route{get("/other", empty), get("/stream", func(w http.ResponseWriter, r *http.Request) {
				httpapi.Stream(w, r, write)
			})})
		},
		Streams: []string{"GET /stream"}, Pause: pause,
	})
	if err != nil {
		t.Fatal(err)
	}
	app, err := rest.NewServerless(server)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(httpapi.New(options()).Wrap(http.HandlerFunc(app.Serve)))
	t.Cleanup(front.Close)
	return front
}

// fill writes n bytes in several chunks.
func fill(w io.Writer, n int) error {
	for range n / 1000 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 1000)); err != nil {
			return err
		}
	}
	return nil
}

func TestStream(t *testing.T) {
	fails := apperr.Down(errors.New("the store is gone"))
	for _, tt := range []struct {
		name   string
		write  func(context.Context, io.Writer) error
		status int
		body   string // how it ends
		cut    bool
	}{
		{"short", func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, `{"a":1}`); return err }, 200, `{"a":1}`, false},
		{"long", func(_ context.Context, w io.Writer) error { return fill(w, 5_000_000) }, 200, "xxxx", false},
		{"fails at once", func(context.Context, io.Writer) error { return fails }, 503, "}", false},
		{"fails before anything has left", func(_ context.Context, w io.Writer) error { return errors.Join(fill(w, 20_000), fails) }, 503, "}", false},
		{"is refused", func(context.Context, io.Writer) error { return apperr.New(apperr.RateLimited) }, 429, "}", false},
		{"fails in the middle", func(_ context.Context, w io.Writer) error { return errors.Join(fill(w, 500_000), fails) }, 200, "xxxx", true},
		{"panics in the middle", func(_ context.Context, w io.Writer) error { panic(fill(w, 500_000)) }, 200, "xxxx", true},
		{"does not begin", func(ctx context.Context, _ io.Writer) error { <-ctx.Done(); return ctx.Err() }, 503, "}", false},
		{"does not go on", func(ctx context.Context, w io.Writer) error {
			err := fill(w, 100_000)
			<-ctx.Done()
			return errors.Join(err, ctx.Err())
		}, 200, "xxxx", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pause := 20 * time.Second
			if strings.HasPrefix(tt.name, "does not") {
				pause = 50 * time.Millisecond
			}
			resp, err := http.Get(streaming(t, pause, tt.write).URL + "/stream")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || !bytes.HasSuffix(body, []byte(tt.body)) || (err != nil) != tt.cut {
				t.Errorf("%d, %d bytes, %v, want %d, cut: %t", resp.StatusCode, len(body), err, tt.status, tt.cut)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if tt.status != 200 && !json.Valid(body) {
				t.Errorf("the error is %s", body)
			}
		})
	}
}

// The server gives up on a client that does not read, however much there is to write.
func TestStream_unread(t *testing.T) {
	ended := make(chan error, 1)
	front := streaming(t, 200*time.Millisecond, func(_ context.Context, w io.Writer) error {
		for {
			if err := fill(w, 100_000); err != nil {
				ended <- err
				return err
			}
		}
	})
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it ends without an error")
		}
	case <-time.After(time.Minute):
		t.Error("it does not end")
	}
}

// Stream requires a route in Routes.Streams, and Routes.Streams may list only routes.
func TestStream_mounted(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.Stream(w, httptest.NewRequest(http.MethodGet, "/", nil), func(context.Context, io.Writer) error { return nil })
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", w.Code)
	}
	err := httpapi.Mount(newServer(t), httpapi.Routes{Register: func(s *rest.Server) { s.AddRoutes([]rest.Route{get("/a", empty)}) }, Streams: []string{"GET /b"}})
	if err == nil {
		t.Error("a stream that is no route is mounted")
	}
}
