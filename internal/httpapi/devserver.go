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
	// DevOptions say where the second listener is and what it shows.
	DevOptions struct {
		// Host and Port are where to listen.
		Host string
		Port int
		// Pprof adds Go's profiles at /debug/pprof/.
		Pprof bool
	}

	// DevServer is the second listener: /metrics, and perhaps profiles. It asks
	// nobody who they are. go-zero's own is not used: it listens in the background,
	// so that a port in use is a line in the log, and its two switches are one.
	DevServer struct{ server *http.Server }
)

// StartDevServer listens, or fails, and then serves until Close.
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

// Close ends the listener and its connections.
func (d *DevServer) Close() error { return d.server.Close() }

// devHandler answers, on a listener for this host alone, this host alone: a page
// in a browser of this host must not read the memory by a name made to lead here.
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
