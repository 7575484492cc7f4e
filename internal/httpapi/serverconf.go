package httpapi

import (
	"time"

	"github.com/zeromicro/go-zero/core/proc"
	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/core/trace"
	"github.com/zeromicro/go-zero/rest"
)

const (
	// killTime is when the process is killed. It leaves room within the 10 s in
	// which the service promises to be gone.
	killTime = 9500 * time.Millisecond
	// finishTime is what requests get once the listener has closed, where Drain
	// leaves less of killTime.
	finishTime = 6500 * time.Millisecond
)

// noTelemetry makes the spans that the database client begins cost nothing.
var noTelemetry = trace.Config{Disabled: true}

// ServerOptions say how the service listens.
type ServerOptions struct {
	// Name names the service in logs, traces and metrics.
	Name string
	// Mode is dev, test or pro.
	Mode string
	// Host and Port are where to listen.
	Host string
	Port int
	// CertFile and KeyFile switch TLS on; both or none.
	CertFile, KeyFile string
	// Timeout bounds one request.
	Timeout time.Duration
	// Drain is from the signal to stop until the listener closes: for balancers to
	// see that readiness is off.
	Drain time.Duration
	// MaxConns bounds the requests in flight on one route.
	MaxConns int
}

// ServerConf gives go-zero's configuration; its second listener is off, see
// DevServer. Call SetUpLog before rest.NewServer,
// which otherwise sets up a log of its own.
func ServerConf(o ServerOptions) rest.RestConf {
	return rest.RestConf{
		ServiceConf: service.ServiceConf{
			Name:      o.Name,
			Mode:      o.Mode,
			Telemetry: noTelemetry,
			// 0 would be go-zero's own second.
			Shutdown: proc.ShutdownConf{WrapUpTime: max(o.Drain, 1), WaitTime: max(killTime, o.Drain+finishTime)},
		},
		Host:     o.Host,
		Port:     o.Port,
		CertFile: o.CertFile,
		KeyFile:  o.KeyFile,
		MaxConns: o.MaxConns,
		Timeout:  o.Timeout.Milliseconds(),
		Middlewares: rest.MiddlewaresConf{
			// Off: a span that no exporter takes, for a tenth of a request's CPU. The
			// Edge takes over a caller's trace id for the log.
			Trace: false,
			// Off: on any 5xx it logs the whole request, tokens and codes
			// included. The Edge logs.
			Log: false,
			// Counts and times requests by route.
			Prometheus: true,
			// Refuses with 503 what would only queue up.
			MaxConns: true,
			// Off: it would refuse healthy requests of a route on which one
			// dependency fails, and for some 10 s after. Each dependency is
			// guarded where it is called.
			Breaker: false,
			// Off: it judges by the whole machine's CPU. Password hashing, the
			// one heavy thing, has a limit of its own.
			Shedding: false,
			// Bounds every handler. The Edge sees to it that no header can
			// switch it off.
			Timeout: true,
			// Off: Mount and the Edge recover, with our body and no request in the log.
			Recover: false,
			// Off: it logs averages each minute, which Prometheus has better.
			Metrics: false,
			// Off: it looks at Content-Length alone. The Edge and Decode
			// measure what is read.
			MaxBytes: false,
			// Off: it decompresses without a bound. Decode decompresses.
			Gunzip: false,
		},
	}
}
