package social

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// troubles are answers of a failing provider.
var troubles = map[string]http.HandlerFunc{
	"is down": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	"answers HTML": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>We are back soon.</html>")
	},
	"answers nothing": func(http.ResponseWriter, *http.Request) {},
	"sends us elsewhere": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	},
	"is asked too often": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	"answers for ever": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"issuer":"`+strings.Repeat("a", 8<<20)+`"}`)
	},
	"breaks off": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"issuer":`)
	},
	"hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
}

// If a provider fails, the answer is 503 with Retry-After and no details, and the id_token
// works afterwards.
func TestTrouble(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	for name, answer := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.google.Person(claims{"sub": "ann"})
			token := w.google.IDToken("ann", claims{"nonce": "n"})
			w.google.Instead("", answer)
			w.github.Trouble(answer)
			w.wechat.Trouble(answer)
			for what, resp := range map[string]kit.Response{
				"an id_token":  w.native("google", token, "n"),
				"the next one": w.native("google", token, "n"),
				"a number":     w.Post("/user/login/social", object{"provider": "wechat", "providerCode": "x", "phoneCode": "y"}),
			} {
				if resp.Status != http.StatusServiceUnavailable || resp.Text("code") != "unavailable" || resp.Header.Get("Retry-After") == "" {
					t.Errorf("%s: %d %s", what, resp.Status, resp.Body)
				}
			}
			f := w.flow("google")
			if page := f.come(f.start(nil)); !strings.HasPrefix(page.URL, shop+"?") || !strings.Contains(page.URL, "error=unavailable") {
				t.Errorf("the browser is at %s: %d %s", page.URL, page.Status, page.Body)
			}
			w.sign("line", "U1").Want(t, http.StatusOK, "")
			w.google.Instead("", nil)
			w.Advance(time.Minute) // the longest pause of a provider
			w.native("google", token, "n").Want(t, http.StatusOK, "")
		})
	}
}

// While a provider hangs with many requests waiting for it, sign-ins with another provider
// or a password work as before.
func TestTrouble_others(t *testing.T) {
	testkit.NotInRace(t, "judges time")
	w := newWorld(t)
	w.other.Person(claims{"sub": "ann"})
	w.Post("/user/register", object{"username": "asha", "password": password}).Want(t, http.StatusOK, "")
	enter := func(what string) {
		t.Helper()
		began := time.Now()
		w.Post("/user/login", object{"username": "asha", "password": password}).Want(t, http.StatusOK, "")
		w.sign("other", "ann").Want(t, http.StatusOK, "")
		if took := time.Since(began); took > kit.Busy(2*time.Second) {
			t.Errorf("%s the other sign-ins took %s", what, took)
		}
	}
	enter("before,")
	w.google.Instead("", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	token := w.google.IDToken("ann", claims{"nonce": "n"})
	kit.Remember(token)
	var crowd sync.WaitGroup
	for range 100 {
		crowd.Go(func() {
			resp, err := w.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login/social", Body: object{"provider": "google", "idToken": token, "nonce": "n"}})
			if err != nil || resp.Status != http.StatusServiceUnavailable {
				t.Errorf("%v, %d %s", err, resp.Status, resp.Body)
			}
		})
	}
	enter("while a provider hangs,")
	crowd.Wait()
	enter("while a provider is left alone,")
}
