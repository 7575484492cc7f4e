package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// How nodes sign, in the order in which an operator changes it.
const (
	byES256 kit.Option = "Auth: {Signing: ES256, Issuer: \"https://id.example.com\", PrevIssuer: user-api}"
	byEdDSA kit.Option = "Auth: {Signing: EdDSA, Issuer: \"https://id.example.com\", PrevIssuer: user-api}"
	// known accepts the future issuer.
	knownIssuer kit.Option = "Auth: {PrevIssuer: \"https://id.example.com\"}"
)

// headerOf returns the header of a token.
func headerOf(t *testing.T, raw string) (header struct{ Alg, Kid, Typ string }) {
	t.Helper()
	head, _, _ := strings.Cut(raw, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || json.Unmarshal(text, &header) != nil {
		t.Fatalf("header %q: %v", head, err)
	}
	return header
}

// A node that signs with a key pair creates one at its first start, and works like one that
// signs with a secret. It needs no secret for that.
func TestSigning_byKey(t *testing.T) {
	for alg, option := range map[string]kit.Option{"ES256": byES256, "EdDSA": byEdDSA} {
		t.Run(alg, func(t *testing.T) {
			kit.Each(t, func(t *testing.T, app *kit.App) {
				tokens := app.SignIn(phone)
				if h := headerOf(t, tokens.Access); h.Alg != alg || len(h.Kid) != 43 || h.Typ != "at+jwt" {
					t.Errorf("header %+v", h)
				}
				for range 2 {
					app.Get("/user/check", tokens.Access).Want(t, http.StatusOK, "")
				}
				app.Get("/user/info", tokens.Access).Want(t, http.StatusOK, "")
				next := app.Post("/user/refresh", object{"refreshToken": tokens.Refresh})
				next.Want(t, http.StatusOK, "")
				app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: next.Tokens().Access}).Want(t, http.StatusNoContent, "")
				app.Get("/user/check", tokens.Access).Want(t, http.StatusUnauthorized, "session_ended")
				forged := tokens.Access[:len(tokens.Access)-4] + "AAAA"
				app.Get("/user/check", forged).Want(t, http.StatusUnauthorized, "unauthorized")
			}, option, `Auth: {AccessSecret: ""}`)
		})
	}
}

// The signing method is changed on two nodes, one after the other, from a secret to a key
// pair, to another one, and back, under load: no request is refused, and no user is signed
// out.
func TestSigning_changedUnderLoad(t *testing.T) {
	const limits kit.Option = "Otp: {Cooldown: 1, Expire: 600}\nRateLimit: {Conversion: {Mode: off}, Budget: {Day: 0, Country: 0, Block: 0}}\n"
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		before := secrets{{app.Config.Auth.AccessSecret}, {app.Config.Auth.RefreshSecret}, {app.Config.Otp.Pepper}}
		c := &cluster{app: app, nodes: [2]*kit.App{app, app.Beside(append(before.options(), limits)...)}}
		owner := app.SignIn(phone) // an old session, used now and then
		var next, users atomic.Int64
		stop, load := make(chan struct{}), sync.WaitGroup{}
		for range 4 {
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := c.user(int(next.Add(1))); err != nil {
						t.Errorf("a user was refused: %v", err)
						return
					}
					users.Add(1)
				}
			})
		}
		for _, step := range []struct {
			name, alg string
			option    kit.Option
		}{
			{"the issuer is known", "HS256", knownIssuer},
			{"ES256", "ES256", byES256},
			{"EdDSA", "ES256", byEdDSA}, // its key is only published
			{"back to the secret", "HS256", "Auth: {Signing: HS256, Issuer: \"https://id.example.com\", PrevIssuer: user-api}"},
			{"the old issuer", "HS256", knownIssuer},
		} {
			for i := range c.nodes {
				c.replace(i, before, limits+"\n"+step.option)
				begun := users.Load()
				app.Await(step.name+": users go on", func() bool { return t.Failed() || users.Load() > begun+3 })
				for _, node := range c.nodes {
					node.Get("/user/check", owner.Access).Want(t, http.StatusOK, "")
				}
				refreshed := c.nodes[i].Post("/user/refresh", object{"refreshToken": owner.Refresh})
				refreshed.Want(t, http.StatusOK, "")
				owner = refreshed.Tokens()
				if h := headerOf(t, owner.Access); h.Alg != step.alg {
					t.Errorf("%s: signs by %s, want %s", step.name, h.Alg, step.alg)
				}
			}
		}
		close(stop)
		load.Wait()
	}, limits)
}

// The keys and the metadata are in the form that other libraries read, cacheable, and
// readable by pages of every origin.
func TestSigning_published(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		kid := headerOf(t, app.SignIn(phone).Access).Kid
		jwks := app.Get("/.well-known/jwks.json", "")
		jwks.Want(t, http.StatusOK, "")
		keys, _ := jwks.JSON["keys"].([]any)
		if len(keys) != 1 {
			t.Fatalf("keys: %s", jwks.Body)
		}
		key := keys[0].(map[string]any)
		want := map[string]any{"alg": "ES256", "crv": "P-256", "kid": kid, "kty": "EC", "use": "sig", "x": key["x"], "y": key["y"]}
		if diff := cmp.Diff(want, key); diff != "" {
			t.Errorf("key (-want +got):\n%s", diff)
		}
		metadata := app.Get("/.well-known/oauth-authorization-server", "")
		metadata.Want(t, http.StatusOK, "")
		if metadata.JSON["issuer"] != "https://id.example.com" || metadata.JSON["jwks_uri"] != "https://id.example.com/.well-known/jwks.json" {
			t.Errorf("metadata: %s", metadata.Body)
		}
		if same := app.Get("/.well-known/openid-configuration", ""); same.Status != http.StatusOK || string(same.Body) != string(metadata.Body) {
			t.Errorf("the two documents differ: %s", same.Body)
		}
		for path, answer := range map[string]kit.Response{"/.well-known/jwks.json": jwks, "/.well-known/openid-configuration": metadata} {
			h := answer.Header
			if h.Get("Cache-Control") != "public, max-age=300" || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("ETag") == "" {
				t.Errorf("%s: headers %v", path, h)
			}
			app.Do(kit.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"If-None-Match": h.Get("ETag")}}).Want(t, http.StatusNotModified, "")
		}
	}, byES256)
}

// With a secret there is no key, and without a URL as issuer no metadata.
func TestSigning_bySecret(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		if jwks := app.Get("/.well-known/jwks.json", ""); jwks.Status != http.StatusOK || string(jwks.Body) != `{"keys":[]}` {
			t.Errorf("%d %s", jwks.Status, jwks.Body)
		}
		for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
			app.Get(path, "").Want(t, http.StatusNotFound, "not_found")
		}
	})
}

// Every node rejects a revoked key within 5 s, whatever store one of them has lost, or
// answers 503 once it cannot know. Sessions continue.
func TestSigning_revoked(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	const promise = 5 * time.Second
	for name, cut := range map[string]struct{ redis, database bool }{
		"both stores": {}, "without Redis": {redis: true}, "without the database": {database: true}, "without either": {redis: true, database: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := kit.New(t, kit.Real, byES256)
			conf, err := mysql.ParseDSN(app.DataSource)
			if err != nil {
				t.Fatal(err)
			}
			database, redis := kit.NewLine(t, conf.Addr), kit.NewLine(t, app.RedisLine.Addr())
			conf.Addr = database.Addr()
			other := app.Beside(byES256, kit.Option(fmt.Sprintf("DataSource: %q\nCacheRedis: [{Host: %q}]\n", conf.FormatDSN(), redis.Addr())))
			tokens := app.SignIn(phone)
			for _, node := range []*kit.App{app, other} {
				node.Get("/user/check", tokens.Access).Want(t, http.StatusOK, "")
			}
			if cut.redis {
				redis.Cut()
			}
			if cut.database {
				database.Cut()
			}
			leaked := headerOf(t, tokens.Access).Kid
			begun := time.Now()
			if _, err := app.Service.Keys.Revoke(context.Background(), leaked); err != nil {
				t.Fatal(err)
			}
			app.Get("/user/check", tokens.Access).Want(t, http.StatusUnauthorized, "unauthorized")
			var last kit.Response
			app.Await("the other node refuses the token", func() bool {
				last = other.Get("/user/check", tokens.Access)
				return last.Status != http.StatusOK
			})
			if took := time.Since(begun); took > kit.Busy(promise) {
				t.Errorf("refused after %v", took)
			}
			want := http.StatusUnauthorized
			if cut.redis && cut.database {
				want = http.StatusServiceUnavailable
			}
			if last.Status != want {
				t.Errorf("refused by %d %s, want %d", last.Status, last.Body, want)
			}
			next := app.Post("/user/refresh", object{"refreshToken": tokens.Refresh})
			next.Want(t, http.StatusOK, "")
			if kid := headerOf(t, next.Tokens().Access).Kid; kid == leaked {
				t.Error("a token is signed by the revoked key")
			}
			app.Get("/user/check", next.Tokens().Access).Want(t, http.StatusOK, "")
			// A node without the database cannot know the new key, and does not treat it as
			// forged.
			want = http.StatusOK
			if cut.database {
				want = http.StatusServiceUnavailable
			}
			if got := other.Get("/user/check", next.Tokens().Access); got.Status != want {
				t.Errorf("the new token at the other node: %d %s, want %d", got.Status, got.Body, want)
			}
			redis.Restore(t)
			database.Restore(t)
			other.Await("the node that is whole again accepts the new token and refuses the old one", func() bool {
				return other.Get("/user/check", next.Tokens().Access).Status == http.StatusOK &&
					other.Get("/user/check", tokens.Access).Status == http.StatusUnauthorized
			})
		})
	}
}

// A node that has no key and cannot create one starts anyway: it signs nobody in, but
// verifies the tokens that others sign, and old ones.
func TestSigning_noKey(t *testing.T) {
	t.Parallel()
	testkit.NotInRace(t, "asks one thing after the other")
	app := kit.New(t, kit.Real)
	tokens := app.SignIn(phone)
	reads := kit.Option(fmt.Sprintf("DataSource: %q\nMigrate: \"off\"\n", testkit.MySQLUser(t, app.DataSource, "SELECT")))
	blind := app.Beside(byES256, reads)
	blind.Get("/user/check", tokens.Access).Want(t, http.StatusOK, "")
	blind.Post("/user/refresh", object{"refreshToken": tokens.Refresh}).Want(t, http.StatusServiceUnavailable, "unavailable")
	if jwks := blind.Get("/.well-known/jwks.json", ""); string(jwks.Body) != `{"keys":[]}` {
		t.Errorf("keys: %d %s", jwks.Status, jwks.Body)
	}
	next := app.Beside(byES256).Post("/user/refresh", object{"refreshToken": tokens.Refresh})
	next.Want(t, http.StatusOK, "")
	blind.Get("/user/check", next.Tokens().Access).Want(t, http.StatusOK, "")
}
