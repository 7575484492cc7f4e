// Package server puts the service behind its HTTP edge and runs it.
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
	// devPrefix is where the routes live that exist only outside pro.
	devPrefix = "/dev/"
	// avatarPath begins the routes that are there where pictures are kept.
	avatarPath = "/user/avatar"
	// checkPath is the route that gateways ask. Envoy sends the caller's method, and
	// the caller's path behind it.
	checkPath = "/user/check"
	// tokenPath is the token endpoint of OAuth, which takes a form (RFC 6749 section 3.2).
	tokenPath = "/oauth/token"
	// scriptPath is the web component, for pages of fewer origins than may call the routes.
	scriptPath = "/signin.js"
	// wellKnown is where user.api has what is served below /.well-known (RFC 8615): goctl
	// takes no name that begins with a dot.
	wellKnown = "/well-known/"
	// introspectPath is where a client asks about a token that it was shown, by a form too
	// (RFC 7662 section 2.1).
	introspectPath = servicePrefix + "introspect"
	// exportRoute answers with as much as there is about a user.
	exportRoute = "GET /user/export"
	// streamTime is after how long a page asks for its stream anew.
	streamTime = 10 * time.Minute
)

// oauthPaths answer errors as OAuth names them, beside their usual members.
var oauthPaths = []string{tokenPath, introspectPath}

// AnswersOAuth reports whether a path answers errors with the members of RFC 6749.
func AnswersOAuth(path string) bool { return slices.Contains(oauthPaths, path) }

// Server is the service as HTTP.
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
		Keep:     func(_, path string) bool { return kept(s, path) },
		Gate:     gate{session: s.Session, admin: s.Admin, fresh: s.Fresh, machines: s.Machines, readers: s.Readers}.wrap,
		Streams:  []string{exportRoute}, Pause: c.Timeout.Duration(),
		LongPolls: longPolls(s),
	})
	if err != nil {
		return nil, err
	}
	return &Server{rest: httpServer, edge: edge, svc: s}, nil
}

// kept reports whether what is at a path is there.
func kept(s *svc.ServiceContext, path string) bool {
	if strings.HasPrefix(path, avatarPath) && s.Avatars == nil {
		return false
	}
	if s.Web.Off(path) {
		return false
	}
	return s.Config.Mode != config.ModePro || !strings.HasPrefix(path, devPrefix)
}

// held are the routes that hold their answers, and for how long.
func longPolls(s *svc.ServiceContext) map[string]time.Duration {
	all := map[string]time.Duration{revocationsRoute: s.Config.Timeout.Duration() + revocation.MaxWait}
	if _, path, _ := strings.Cut(inboxStream, " "); kept(s, path) {
		all[inboxStream] = streamTime
	}
	return all
}

// ServedAt is where a route of user.api is served.
func ServedAt(path string) string {
	if name, ok := strings.CutPrefix(path, wellKnown); ok {
		return "/.well-known/" + name
	}
	return path
}

// Handler is the whole service without a listener.
func (s *Server) Handler() (http.Handler, error) {
	serverless, err := rest.NewServerless(s.rest)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return s.edge.Wrap(http.HandlerFunc(serverless.Serve)), nil
}

// Start fails when a port is not free. It serves until SIGTERM or SIGINT. Then
// readiness goes off, no more sends are begun, and answers close their connections;
// Drain later the listener closes and the requests under way finish.
func (s *Server) Start() (err error) {
	defer func() {
		// go-zero panics where it cannot listen.
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
	tellBuild() // once metrics are counted
	proc.AddWrapUpListener(s.svc.Drain)
	s.rest.StartWithOpts(s.edge.Install, cert.install)
	return nil
}
