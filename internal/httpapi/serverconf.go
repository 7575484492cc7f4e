package httpapi

import (
	"time"

	"github.com/zeromicro/go-zero/core/proc"
	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/core/trace"
	"github.com/zeromicro/go-zero/rest"
)

const (
	// killTime is when the process is killed. It leaves a margin within the promised 10 s.
	killTime = 9500 * time.Millisecond
	// finishTime is how long requests may run after the listener has closed, if Drain
	// leaves less of killTime.
	finishTime = 6500 * time.Millisecond
)

// noTelemetry makes the spans of the database client free.
var noTelemetry = trace.Config{Disabled: true}

// ServerOptions configures the listener.
type ServerOptions struct {
	// Name is the service name in logs, traces and metrics.
	Name string
	// Mode is dev, test or pro.
	Mode string
	// Host and Port are the address to listen on.
	Host string
	Port int
	// CertFile and KeyFile enable TLS; set both or neither.
	CertFile, KeyFile string
	// Timeout limits one request.
	Timeout time.Duration
	// Drain is the time between the stop signal and closing the listener, in which load
	// balancers notice that the node is not ready.
	Drain time.Duration
	// MaxConns limits the concurrent requests per route.
	MaxConns int
}

// ServerConf returns go-zero's configuration. go-zero's second listener is off; see
// DevServer. Call SetUpLog before rest.NewServer, which otherwise configures the log
// itself.
func ServerConf(o ServerOptions) rest.RestConf {
	return rest.RestConf{
		ServiceConf: service.ServiceConf{
			Name:      o.Name,
			Mode:      o.Mode,
			Telemetry: noTelemetry,
			// 0 would mean go-zero's default of one second
			Shutdown: proc.ShutdownConf{WrapUpTime: max(o.Drain, 1), WaitTime: max(killTime, o.Drain+finishTime)},
		},
		Host:     o.Host,
		Port:     o.Port,
		CertFile: o.CertFile,
		KeyFile:  o.KeyFile,
		MaxConns: o.MaxConns,
		Timeout:  o.Timeout.Milliseconds(),
		Middlewares: rest.MiddlewaresConf{
			// Off: it creates spans that no exporter takes, for a tenth of the CPU time of
			// a request. The Edge records a trusted caller's trace ID in the log.
			Trace: false,
			// Off: on any 5xx it logs the whole request, including tokens and codes. The
			// Edge logs.
			Log: false,
			// Counts and times requests by route.
			Prometheus: true,
			// Answers 503 to requests that would only queue up.
			MaxConns: true,
			// Off: when one dependency of a route fails, it would refuse healthy requests
			// too, for some 10 s afterwards. Each dependency has its own breaker.
			Breaker: false,
			// Off: it measures the CPU of the whole machine. Password hashing, the one
			// expensive operation, has its own limit.
			Shedding: false,
			// Limits every handler. The Edge ensures that no header can disable it.
			Timeout: true,
			// Off: Mount and the Edge recover, with our error body and without logging the
			// request.
			Recover: false,
			// Off: it logs averages each minute; Prometheus has better data.
			Metrics: false,
			// Off: it checks Content-Length only. The Edge and Decode measure what they
			// read.
			MaxBytes: false,
			// Off: it decompresses without a limit. Decode decompresses.
			Gunzip: false,
		},
	}
}
