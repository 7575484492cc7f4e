package httpapi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	devHeaderTimeout = 5 * time.Second
	devIdleTimeout   = 90 * time.Second
)

type (
	// DevOptions configures a DevServer.
	DevOptions struct {
		// Host and Port are the address to listen on.
		Host string
		Port int
		// Pprof enables Go's profiles at /debug/pprof/.
		Pprof bool
	}

	// DevServer is the second listener: /metrics and optionally profiles, without
	// authentication. It replaces go-zero's, which starts listening in the background, so
	// that a port in use is only a log line, and which has one switch for both.
	DevServer struct{ server *http.Server }
)

// StartDevServer starts listening and serves in the background until Close.
func StartDevServer(o DevOptions) (*DevServer, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("%s:%d", o.Host, o.Port))
	if err != nil {
		return nil, fmt.Errorf("httpapi: dev server: %w", err)
	}
	d := &DevServer{server: &http.Server{
		Handler: devHandler(o), ReadHeaderTimeout: devHeaderTimeout, IdleTimeout: devIdleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: ServerLog(),
	}}
	go func() {
		if err := d.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logx.Errorf("httpapi: dev server: %v", err)
		}
	}()
	return d, nil
}

// Close closes the listener and its connections.
func (d *DevServer) Close() error { return d.server.Close() }

// devHandler returns the handler. On a loopback listener it serves only local requests: a
// page in a browser on this host must not read memory profiles through DNS rebinding.
func devHandler(o DevOptions) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.Handler())
	if o.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	if !isLocalHost(o.Host) {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			http.NotFound(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
