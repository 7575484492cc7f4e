package authz_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// Whatever goes wrong, no log, error or response contains a token or the secret.
func TestNoTokenIsTold(t *testing.T) {
	issuer := authztest.New(t)
	out := &lines{}
	before := log.Writer()
	log.SetOutput(out) // the output of others, above all net/http
	t.Cleanup(func() { log.SetOutput(before) })
	logger := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	auth := issuer.Auth(authz.Logger(logger), authz.WhenLate(authz.AskService))
	alice := issuer.SignIn(authztest.User{ID: 42})
	f := newForger(t, issuer, alice.Token)
	bad := f.confusions(issuer.KeyID())
	for name, raw := range f.shapes() {
		bad[name] = raw
	}
	said := []string{}
	h := auth.Middleware(func(http.ResponseWriter, *http.Request) {})
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(out, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	ask := func(raw string) {
		for _, authorization := range []string{"Bearer " + raw, raw, "Basic " + raw, "Bearer  " + raw} {
			w := do(h, authorization)
			said = append(said, w.Body.String(), fmt.Sprint(w.Header()))
		}
		_, err := auth.Verify(t.Context(), raw)
		said = append(said, fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+strings.Map(printable, raw))
		if resp, err := server.Client().Do(r); err == nil {
			resp.Body.Close()
		}
	}
	for _, raw := range bad {
		ask(raw)
	}
	issuer.Down()
	waitFor(t, "the follower logs that it cannot read the feed", func() bool { return strings.Contains(out.String(), "cannot be read") })
	ask(alice.Token)
	issuer.Up()
	issuer.End(alice)
	ask(alice.Token)
	ctx, err := auth.Authenticate(t.Context(), []string{"Bearer " + issuer.Token(authztest.User{})})
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("a line of the consumer", "auth", auth, "ctx", ctx)
	said = append(said, fmt.Sprint(ctx), fmt.Sprintf("%+v", ctx), fmt.Sprintf("%v %+v %#v", auth, auth, auth), out.String())
	if n := strings.Count(out.String(), "\n") - strings.Count(out.String(), "level=DEBUG"); n < 1 || n > 8 {
		t.Errorf("%d lines for one failure of the issuer: %s", n, out)
	}
	secrets := []string{"secret-of-authztest", f.parts[1], f.parts[2], f.parts[0], f.kid}
	for _, raw := range bad {
		for _, p := range strings.Split(raw, ".") {
			if len(p) >= 20 {
				secrets = append(secrets, p)
			}
		}
	}
	all := strings.Join(said, "\n")
	for _, secret := range secrets {
		if strings.Contains(all, secret) {
			t.Errorf("%q is disclosed", secret[:min(len(secret), 60)])
		}
	}
}

func printable(r rune) rune {
	if r <= ' ' || r > '~' {
		return 'x'
	}
	return r
}

// Everything concurrently: a change that was announced is in force for every later request.
func TestAtOnce(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth(authz.CacheSize(64), authz.WhenLate(authz.AllowUntilExpiry), authz.Logger(slog.New(slog.DiscardHandler)))
	h := auth.Middleware(auth.RequireFresh(time.Hour)(func(_ http.ResponseWriter, r *http.Request) {
		if p, ok := authz.FromContext(r.Context()); !ok || p.UserID <= 0 {
			t.Errorf("admitted as %+v", p)
		}
	}))
	lasting := issuer.SignIn(authztest.User{ID: 1})
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if w := do(h, "Bearer "+issuer.Refresh(lasting)); w.Code != 200 {
					t.Errorf("an active session: %d %s", w.Code, w.Body)
				}
				do(h, "Bearer "+lasting.Token+"x")
				auth.Behind()
			}
		})
	}
	for w := range 4 {
		writers.Go(func() {
			for i := range 6 {
				s := issuer.SignIn(authztest.User{ID: int64(100 + w)})
				wantVerify(t, "a new session", auth, s.Token, nil)
				issuer.End(s)
				wantVerify(t, "an ended one", auth, s.Token, authz.ErrSessionEnded)
				switch i % 4 {
				case 0:
					issuer.SetRole(int64(100+w), fmt.Sprint("role-", i))
				case 1:
					issuer.RotateKey(authztest.ES256)
				case 2:
					issuer.Advance(time.Second)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
