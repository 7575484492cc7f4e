package httpapi_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

// Handlers are notified when their response was lost: when another response replaced it,
// when the request timed out before or after it, and when the client disconnected. They are
// not notified about a response that was sent.
func TestIfLost(t *testing.T) {
	lost := make(chan string, 1)
	begun, goOn := make(chan struct{}), make(chan struct{})
	route := func(path string, h func(w http.ResponseWriter, r *http.Request)) rest.Route {
		return get(path, func(w http.ResponseWriter, r *http.Request) {
			if path != "/late" {
				reqctx.IfLost(r.Context(), func(context.Context) { lost <- path })
			}
			h(w, r)
		})
	}
	ts := site{routes: []rest.Route{
		route("/sent", func(w http.ResponseWriter, r *http.Request) { httpapi.JSON(w, r, 1) }),
		route("/failed", func(w http.ResponseWriter, r *http.Request) { httpapi.Error(w, r, apperr.New(apperr.Unavailable)) }),
		route("/panics", func(http.ResponseWriter, *http.Request) { panic("no") }),
		route("/gone", func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			httpapi.JSON(w, r, 1)
		}),
		route("/late", func(w http.ResponseWriter, r *http.Request) {
			<-goOn // the time limit was answered
			reqctx.IfLost(r.Context(), func(context.Context) { lost <- "/late" })
			httpapi.JSON(w, r, 1)
		}),
	}, timeout: 300 * time.Millisecond}.start(t)
	want := func(path string) {
		t.Helper()
		select {
		case got := <-lost:
			if got != path {
				t.Errorf("%q is lost, want %q", got, path)
			}
		case <-time.After(time.Minute):
			t.Errorf("no notification that %s is lost", path)
		}
	}
	do(t, http.MethodGet, ts.URL+"/sent", nil)
	for _, path := range []string{"/failed", "/panics"} {
		do(t, http.MethodGet, ts.URL+path, nil)
		want(path)
	}
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	<-begun
	conn.Close()
	want("/gone")
	if res := do(t, http.MethodGet, ts.URL+"/late", nil); res.status != 503 {
		t.Fatalf("a request that takes too long: %d", res.status)
	}
	close(goOn)
	want("/late")
	select {
	case path := <-lost:
		t.Errorf("%s is lost too", path)
	default:
	}
}
