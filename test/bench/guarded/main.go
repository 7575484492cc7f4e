// Command guarded is a go-zero service with one route, GET /me, that is for users: behind
// clients/go, or behind go-zero's own `jwt: Auth`. The bench compares the two. It is a
// module of its own, as the services that use clients/go are.
//
//	guarded '{"Port":8080,"DevPort":8081,"Issuer":"http://127.0.0.1:8888","ClientID":"…","ClientSecret":"…"}'
//	guarded '{"Port":8080,"DevPort":8081,"Secret":"…"}'
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"

	"user-api/clients/go/authz"
)

// config is what the one argument says.
type config struct {
	Port, DevPort int
	// Secret is that of go-zero's own check; empty: by clients/go.
	Secret string
	// Issuer is the service that tokens are of, whose feed is followed by a client.
	Issuer, ClientID, ClientSecret string
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	if len(os.Args) != 2 {
		return errors.New("guarded: want one argument, the configuration")
	}
	var c config
	if err := json.Unmarshal([]byte(os.Args[1]), &c); err != nil {
		return err
	}
	server, err := newServer(c)
	if err != nil {
		return err
	}
	me := rest.Route{Method: http.MethodGet, Path: "/me", Handler: bySecret}
	if c.Secret != "" {
		server.AddRoute(me, rest.WithJwt(c.Secret))
	} else {
		auth, err := authz.New(c.Issuer, authz.Client(c.ClientID, c.ClientSecret))
		if err != nil {
			return err
		}
		defer auth.Close()
		me.Handler = byKeys
		server.AddRoutes(rest.WithMiddlewares([]rest.Middleware{auth.Middleware}, me))
	}
	server.AddRoute(rest.Route{Method: http.MethodGet, Path: "/healthz", Handler: func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}})
	server.Start()
	return nil
}

// newServer is a server as the floors of the bench have one.
func newServer(c config) (*rest.Server, error) {
	var rc rest.RestConf
	if err := conf.FillDefault(&rc); err != nil {
		return nil, err
	}
	rc.Name, rc.Host, rc.Port, rc.Mode = "guarded", "127.0.0.1", c.Port, "test"
	rc.DevServer.Enabled, rc.DevServer.Host, rc.DevServer.Port = true, "127.0.0.1", c.DevPort
	rc.DevServer.MetricsPath, rc.DevServer.HealthPath = "/metrics", "/healthz"
	rc.DevServer.EnableMetrics, rc.DevServer.EnablePprof = true, true
	return rest.NewServer(rc)
}

func bySecret(w http.ResponseWriter, r *http.Request) {
	claim := func(name string) any { return r.Context().Value(name) }
	answer(w, r, claim("userId"), claim("sid"), claim("role"))
}

func byKeys(w http.ResponseWriter, r *http.Request) {
	p, _ := authz.FromContext(r.Context())
	answer(w, r, p.UserID, p.SessionID, p.Role)
}

func answer(w http.ResponseWriter, r *http.Request, userID, sessionID, role any) {
	httpx.OkJsonCtx(r.Context(), w, map[string]any{"userId": userID, "sessionId": sessionID, "role": role})
}
