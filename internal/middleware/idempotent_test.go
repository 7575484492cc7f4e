package middleware_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/idempotency"
	"user-api/internal/keyring"
	"user-api/internal/middleware"
	"user-api/internal/reqctx"
	"user-api/internal/testkit"
)

const someKey = "key-of-sixteen-characters"

// idempotent wraps a handler in the middleware and the edge.
func idempotent(t *testing.T, next http.HandlerFunc) http.Handler {
	t.Helper()
	if err := httpapi.SetUpLog(io.Discard, "info", "json"); err != nil {
		t.Fatal(err)
	}
	store := testkit.EmbeddedRedis(t)
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := idempotency.New(idempotency.Options{Redis: store.Client, Ring: ring, Rand: rand.Reader, Now: store.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	edge := httpapi.New(httpapi.Options{Now: time.Now, Rand: rand.Reader})
	return edge.Wrap(middleware.NewIdempotentMiddleware(answers, time.Minute).Handle(next))
}

func post(body string, keys ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/user/login", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, key := range keys {
		r.Header.Add("Idempotency-Key", key)
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Which responses are repeated byte for byte, and which cause the request to be executed
// again.
func TestIdempotent_whatIsKept(t *testing.T) {
	refuse := func(e *apperr.Error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { httpapi.Error(w, r, e) }
	}
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		kept   bool
	}{
		"an object": {func(w http.ResponseWriter, r *http.Request) { httpapi.JSON(w, r, map[string]string{"a": "b"}) }, true},
		"no body":   {func(w http.ResponseWriter, _ *http.Request) { httpapi.NoContent(w) }, true},
		"nothing":   {func(http.ResponseWriter, *http.Request) {}, true},

		"invalid_request":     {refuse(apperr.New(apperr.InvalidRequest).WithField("phone")), true},
		"otp_invalid":         {refuse(apperr.New(apperr.OtpInvalid).WithAttemptsLeft(3)), true},
		"unauthorized":        {refuse(apperr.New(apperr.Unauthorized)), true},
		"region_not_allowed":  {refuse(apperr.New(apperr.RegionNotAllowed)), true},
		"username_taken":      {refuse(apperr.New(apperr.UsernameTaken)), true},
		"captcha_required":    {refuse(apperr.New(apperr.CaptchaRequired)), false},
		"rate_limited":        {refuse(apperr.New(apperr.RateLimited)), false},
		"internal":            {refuse(apperr.New(apperr.Internal)), false},
		"unavailable":         {refuse(apperr.New(apperr.Unavailable)), false},
		"the client has gone": {refuse(apperr.New(apperr.Internal).Wrap(context.Canceled)), false},
	} {
		t.Run(name, func(t *testing.T) {
			var calls int
			h := idempotent(t, func(w http.ResponseWriter, r *http.Request) { calls++; row.answer(w, r) })
			one, two := serve(h, post(`{}`, someKey)), serve(h, post(`{}`, someKey))
			if one.Code != two.Code {
				t.Errorf("%d, then %d", one.Code, two.Code)
			}
			if got := two.Header().Get("Idempotency-Replayed") == "true"; got != row.kept || (calls == 1) != row.kept {
				t.Errorf("repeated: %t after %d calls, want %t", got, calls, row.kept)
			}
			if !row.kept {
				return
			}
			if one.Body.String() != two.Body.String() {
				t.Errorf("%s, then %s", one.Body, two.Body)
			}
			for _, header := range []string{"Content-Type", "Www-Authenticate", "Cache-Control"} {
				if one.Header().Get(header) != two.Header().Get(header) {
					t.Errorf("%s: %q, then %q", header, one.Header().Get(header), two.Header().Get(header))
				}
			}
			if id := two.Header().Get("X-Request-Id"); id == "" || id == one.Header().Get("X-Request-Id") {
				t.Errorf("the request id %q of the first request", id)
			}
		})
	}
}

func TestIdempotent_refusals(t *testing.T) {
	called := false
	h := idempotent(t, func(w http.ResponseWriter, _ *http.Request) { called = true; httpapi.NoContent(w) })
	xml := post(`<a/>`, someKey)
	xml.Header.Set("Content-Type", "text/xml")
	for name, row := range map[string]struct {
		request *http.Request
		status  int
		part    string
	}{
		"a short key":     {post(`{}`, "short"), 400, `"field":"Idempotency-Key"`},
		"an empty key":    {post(`{}`, ""), 400, `"field":"Idempotency-Key"`},
		"two keys":        {post(`{}`, someKey, someKey), 400, `"field":"Idempotency-Key"`},
		"another type":    {xml, 415, `"unsupported_media_type"`},
		"a body too long": {post(strings.Repeat("x", httpapi.MaxBody+1), someKey), 413, `"body_too_large"`},
	} {
		t.Run(name, func(t *testing.T) {
			called = false
			w := serve(h, row.request)
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.part) || called {
				t.Errorf("%d %s, called %t", w.Code, w.Body, called)
			}
		})
	}
	serve(h, post(`{}`, someKey))
	if w := serve(h, post(`{"a":1}`, someKey)); w.Code != 422 || !strings.Contains(w.Body.String(), `"idempotency_mismatch"`) {
		t.Errorf("another body: %d %s", w.Code, w.Body)
	}
}

// The handler reads the same body as without a key, compressed or not, and encodings are
// not compared.
func TestIdempotent_body(t *testing.T) {
	var got []string
	h := idempotent(t, func(w http.ResponseWriter, r *http.Request) {
		var v struct {
			A string `json:"a,optional"`
		}
		if err := httpapi.Decode(r, &v); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		got = append(got, v.A)
		httpapi.JSON(w, r, v)
	})
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, `{"a":"b"}`)
	z.Close()
	zipped := httptest.NewRequest(http.MethodPost, "/user/login", &packed)
	zipped.Header = http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}, "Idempotency-Key": {someKey}}
	chunked := post(`{"a":"b"}`, someKey)
	chunked.ContentLength = -1
	for name, r := range map[string]*http.Request{"gzip": zipped, "chunked": chunked, "plain": post(`{"a":"b"}`, someKey)} {
		if w := serve(h, r); w.Code != 200 || w.Body.String() != `{"a":"b"}` {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(got) != 1 || got[0] != "b" {
		t.Errorf("the handler read %q", got)
	}
	if w := serve(h, post("", someKey+"2")); w.Code != 200 { // no body equals an empty object
		t.Errorf("without a body: %d %s", w.Code, w.Body)
	}
}

// Without the header the middleware does nothing.
func TestIdempotent_withoutKey(t *testing.T) {
	calls := 0
	h := idempotent(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if key := reqctx.IdempotencyKeyFrom(r.Context()); key != "" {
			t.Errorf("the key %q", key)
		}
		httpapi.NoContent(w)
	})
	for range 3 {
		if w := serve(h, post(`{}`)); w.Header().Get("Idempotency-Replayed") != "" {
			t.Error("repeated")
		}
	}
	if calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

// The request continues after its client has disconnected, and a retry gets the response.
// It ends with the timeout of the route.
func TestIdempotent_clientGone(t *testing.T) {
	deadline := time.Now().Add(time.Hour)
	var calls int
	ctx, gone := context.WithDeadline(context.Background(), deadline)
	h := idempotent(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		gone()
		if err := r.Context().Err(); err != nil {
			t.Errorf("the work is cut off: %v", err)
		}
		if until, ok := r.Context().Deadline(); !ok || !until.Equal(deadline) {
			t.Errorf("the work may last until %v, want %v", until, deadline)
		}
		if key := reqctx.IdempotencyKeyFrom(r.Context()); key != someKey {
			t.Errorf("the key %q", key)
		}
		httpapi.JSON(w, r, map[string]int{"call": calls})
	})
	serve(h, post(`{}`, someKey).WithContext(ctx))
	if w := serve(h, post(`{}`, someKey)); w.Body.String() != `{"call":1}` || calls != 1 {
		t.Errorf("the retry: %d %s after %d calls", w.Code, w.Body, calls)
	}
}

// A handler that panics releases its key.
func TestIdempotent_panic(t *testing.T) {
	calls := 0
	h := idempotent(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			panic("on purpose")
		}
		httpapi.NoContent(w)
	})
	if w := serve(h, post(`{}`, someKey)); w.Code != 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := serve(h, post(`{}`, someKey)); w.Code != 204 {
		t.Errorf("the next: %d %s", w.Code, w.Body)
	}
}
