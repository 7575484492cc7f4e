package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"
)

// floorMarker is the first argument of a process that serves a floor.
const floorMarker = "floor"

type (
	// floorConf configures a floor.
	floorConf struct {
		Path          string
		Port, DevPort int
		Secret        string
		MySQL, Redis  string
	}

	// floor is the least that a go-zero service could do for a path: the framework as goctl
	// sets it up, without anything else that a sign-in service must do.
	floor struct {
		jwt    bool
		routes []rest.Route
	}
)

// startFloor starts a floor as a separate process.
func (b *bench) startFloor(path string, dsn string) (*server, error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dev, devPort, err := freeAddr()
	if err != nil {
		return nil, err
	}
	c := floorConf{Path: path, Secret: b.access, MySQL: dsn, Redis: b.stores.redis}
	c.Port, _ = strconv.Atoi(port)
	c.DevPort, _ = strconv.Atoi(devPort)
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(b.dir, "floor-"+path, addr, dev, exec.Command(self, floorMarker, string(text)))
}

// serveFloor serves a floor until the process ends.
func serveFloor(text string) error {
	var c floorConf
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	var rc rest.RestConf
	if err := conf.FillDefault(&rc); err != nil {
		return err
	}
	rc.Name, rc.Host, rc.Port = "floor", "127.0.0.1", c.Port
	// Like the service under test: no load shedding, and metrics are counted.
	rc.Mode = "test"
	rc.DevServer.Enabled, rc.DevServer.Host, rc.DevServer.Port = true, "127.0.0.1", c.DevPort
	rc.DevServer.MetricsPath, rc.DevServer.HealthPath = "/metrics", "/healthz"
	rc.DevServer.EnableMetrics, rc.DevServer.EnablePprof = true, true
	server, err := rest.NewServer(rc)
	if err != nil {
		return err
	}
	make, ok := floors[c.Path]
	if !ok {
		return fmt.Errorf("bench: no floor %q", c.Path)
	}
	f, err := make(c)
	if err != nil {
		return err
	}
	var options []rest.RouteOption
	if f.jwt {
		options = append(options, rest.WithJwt(c.Secret))
	}
	server.AddRoutes(f.routes, options...)
	server.AddRoute(rest.Route{Method: "GET", Path: "/healthz", Handler: func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}})
	server.Start()
	return nil
}

// floorToken returns an access token that go-zero's own check accepts, with the claims of
// the service's tokens.
func floorToken(secret string, i int) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "user-api", "aud": "user-api", "sub": strconv.FormatInt(userID(i), 10),
		"iat": now.Unix(), "exp": now.Add(accessExpire).Unix(), "jti": tokenID(i),
		"sid": tokenID(i), "userId": userID(i), "role": "user",
	}).SignedString([]byte(secret))
}

func answer(w http.ResponseWriter, r *http.Request, v any, err error) {
	if err != nil {
		httpx.ErrorCtx(r.Context(), w, err)
		return
	}
	httpx.OkJsonCtx(r.Context(), w, v)
}
