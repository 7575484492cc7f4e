// Package server runs the service behind its HTTP edge.
package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/proc"
	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/config"
	"user-api/internal/handler"
	"user-api/internal/httpapi"
	"user-api/internal/revocation"
	"user-api/internal/svc"
)

const (
	// devPrefix is the prefix of the routes that do not exist in pro.
	devPrefix = "/dev/"
	// avatarPath is the prefix of the routes that require picture storage.
	avatarPath = "/user/avatar"
	// checkPath is the forward-auth route. Envoy sends the original method and appends the
	// original path.
	checkPath = "/user/check"
	// tokenPath is OAuth's token endpoint, which accepts a form (RFC 6749 section 3.2).
	tokenPath = "/oauth/token"
	// scriptPath is the web component, which fewer origins may load than may call the
	// routes.
	scriptPath = "/signin.js"
	// wellKnown is the prefix in user.api of the routes below /.well-known (RFC 8615):
	// goctl does not accept a leading dot.
	wellKnown = "/well-known/"
	// introspectPath is the token introspection endpoint, which accepts a form (RFC 7662
	// section 2.1).
	introspectPath = servicePrefix + "introspect"
	// exportRoute streams its response, which may be large.
	exportRoute = "GET /user/export"
	// streamTime is how long an event stream lasts before the page reconnects.
	streamTime = 10 * time.Minute
)

// oauthPaths also use OAuth's error members.
var oauthPaths = []string{tokenPath, introspectPath}

// AnswersOAuth reports whether errors at a path have the members of RFC 6749.
func AnswersOAuth(path string) bool { return slices.Contains(oauthPaths, path) }

// Server is the HTTP server of the service.
type Server struct {
	rest *rest.Server
	edge *httpapi.Edge
	svc  *svc.ServiceContext
}

// New mounts the routes of user.api.
func New(s *svc.ServiceContext) (*Server, error) {
	c := s.Config
	httpapi.InstallErrorHook()
	var local []string
	if !c.Inbox.Open {
		local = []string{devPrefix}
	}
	edge := httpapi.New(httpapi.Options{
		Now: s.Now, Rand: s.Rand, TrustedProxies: c.ProxyPrefixes(), Origins: c.PageOrigins(),
		OwnOrigins: map[string][]string{scriptPath: c.Web.Embed},
		Headers:    c.Cors.Headers, Bodies: bodies(s), OAuth: oauthPaths, Local: local, Subtrees: []string{checkPath},
		IdleTimeout: c.IdleTimeout.Duration(), Draining: s.Draining, Tracer: s.Tracer,
	})
	httpServer, err := rest.NewServer(httpapi.ServerConf(httpapi.ServerOptions{
		Name: c.Name, Mode: c.Mode, Host: c.Host, Port: c.Port, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Timeout: c.Timeout.Duration(), Drain: c.Drain.Duration(), MaxConns: c.MaxConns,
	}))
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	err = httpapi.Mount(httpServer, httpapi.Routes{
		Register: func(r *rest.Server) { handler.RegisterHandlers(r, s) },
		Path:     ServedAt,
		Keep:     func(_, path string) bool { return exists(s, path) },
		Gate:     gate{session: s.Session, admin: s.Admin, fresh: s.Fresh, machines: s.Machines, readers: s.Readers}.wrap,
		Streams:  []string{exportRoute}, Pause: c.Timeout.Duration(),
		LongPolls: longPolls(s),
	})
	if err != nil {
		return nil, err
	}
	return &Server{rest: httpServer, edge: edge, svc: s}, nil
}

// exists reports whether the route at a path exists in this configuration.
func exists(s *svc.ServiceContext, path string) bool {
	if strings.HasPrefix(path, avatarPath) && s.Avatars == nil {
		return false
	}
	if s.Web.Off(path) {
		return false
	}
	return s.Config.Mode != config.ModePro || !strings.HasPrefix(path, devPrefix)
}

// longPolls returns the long-polling routes with their maximum duration.
func longPolls(s *svc.ServiceContext) map[string]time.Duration {
	all := map[string]time.Duration{revocationsRoute: s.Config.Timeout.Duration() + revocation.MaxWait}
	if _, path, _ := strings.Cut(inboxStream, " "); exists(s, path) {
		all[inboxStream] = streamTime
	}
	return all
}

// ServedAt returns the served path of a route in user.api.
func ServedAt(path string) string {
	if name, ok := strings.CutPrefix(path, wellKnown); ok {
		return "/.well-known/" + name
	}
	return path
}

// Handler returns the service without a listener.
func (s *Server) Handler() (http.Handler, error) {
	serverless, err := rest.NewServerless(s.rest)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return s.edge.Wrap(http.HandlerFunc(serverless.Serve)), nil
}

// Start serves until SIGTERM or SIGINT, and fails if a port is in use. On the signal,
// readiness turns off, no more sends start, and responses close their connections; after
// Drain the listener closes and active requests finish.
func (s *Server) Start() (err error) {
	defer func() {
		// go-zero panics if it cannot listen.
		if p := recover(); p != nil {
			err = fmt.Errorf("server: listen on %s:%d: %v", s.svc.Config.Host, s.svc.Config.Port, p)
		}
	}()
	c := s.svc.Config
	if problems := TryPorts(c); len(problems) > 0 {
		return fmt.Errorf("server: %w", problems)
	}
	cert, err := newCertificate(c, s.svc.Draining)
	if err != nil {
		return err
	}
	onHangUp(cert.reload)
	stop := make(chan struct{})
	defer close(stop)
	go cert.watch(stop)
	for _, risk := range c.Risks() {
		logx.Errorf("open to others: %s", risk)
	}
	if c.DevServer.Enabled {
		dev, err := httpapi.StartDevServer(httpapi.DevOptions{Host: c.DevServer.Host, Port: c.DevServer.Port, Pprof: c.DevServer.Pprof})
		if err != nil {
			return err
		}
		defer dev.Close()
	}
	logBuild() // after metrics are enabled
	proc.AddWrapUpListener(s.svc.Drain)
	s.rest.StartWithOpts(s.edge.Install, cert.install)
	return nil
}
