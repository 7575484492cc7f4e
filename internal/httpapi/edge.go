// Package httpapi is the HTTP edge: the only package that decides how errors look on the
// wire, and the place that overrides framework defaults that are unsafe for a service that
// handles secrets.
//
//	Edge        wraps the whole server: request ID, client address, body limit, CORS,
//	            recovery, access log, and one schema for all errors
//	Decode      parses requests strictly; Error, JSON, NoContent and Stream respond
//	Mount       registers goctl's routes without go-zero's own JWT check
//	ServerConf  returns go-zero's configuration, with a reason for each middleware
//	SetUpLog    configures the log, which masks secrets in everything written to it
//
// go-zero answers 404, 405, overload and timeouts with its own bodies; the Edge replaces
// them. Do not install a not-found or not-allowed handler: replacing go-zero's 405 would
// also lose its Allow header.
package httpapi

import (
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel/trace"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
)

const (
	// maxHeader limits the request line and headers; net/http answers 431.
	maxHeader = 32 << 10
	// maxHeaderText limits how much of a header value is kept; the database columns have
	// the same size.
	maxHeaderText = 255
)

// Shared header values; nothing modifies them.
var (
	nosniff, noReferrer, noStore = []string{"nosniff"}, []string{"no-referrer"}, []string{"no-store"}
	closing                      = []string{"close"}
)

type (
	// Options configures an Edge.
	Options struct {
		// Now is the clock for request durations in the access log.
		Now func() time.Time
		// Rand is the source of request IDs. It must be safe for concurrent use.
		Rand io.Reader
		// TrustedProxies are the networks whose X-Forwarded-For, X-Request-Id and
		// Traceparent headers are trusted.
		TrustedProxies []netip.Prefix
		// Origins lists the origins whose pages may read responses; "*" allows every
		// origin. CORS is disabled if it is empty.
		Origins []string
		// OwnOrigins overrides Origins for individual paths.
		OwnOrigins map[string][]string
		// Headers lists additional headers that such pages may send.
		Headers []string
		// OAuth lists the paths whose errors also have the members of RFC 6749.
		OAuth []string
		// Bodies describes the routes whose body is not a JSON object.
		Bodies Bodies
		// Local lists path prefixes that are served only to this host; other clients get
		// 404.
		Local []string
		// Subtrees lists GET routes that answer any method and any path below theirs, for
		// gateways that append the path of the request they authorize.
		Subtrees []string
		// IdleTimeout is how long a keep-alive connection may be idle.
		IdleTimeout time.Duration
		// Draining reports whether the listener is about to close; nil means never.
		// Responses then close their connection, so that a load balancer does not reuse one
		// just as the process exits. Idle connections are not closed immediately, as
		// http.Server.SetKeepAlivesEnabled would, because a request may already be in
		// flight on them.
		Draining func() bool
		// Tracer starts a span for each request; nil disables tracing.
		Tracer trace.Tracer
	}

	// Edge is the outermost handler of the service. It is safe for concurrent use.
	Edge struct {
		now     func() time.Time
		rand    io.Reader
		proxies []netip.Prefix
		origins []string
		own     map[string][]string
		local   []string
		// headers is the value of Access-Control-Allow-Headers.
		headers  string
		bodies   Bodies
		oauth    []string
		subtrees []string
		idle     time.Duration
		draining func() bool
		tracer   trace.Tracer
	}
)

// New returns an Edge. The origins and headers in o must be valid; package config checks
// them.
func New(o Options) *Edge {
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	return &Edge{
		now: o.Now, rand: o.Rand, proxies: foldPrefixes(o.TrustedProxies), origins: o.Origins, own: o.OwnOrigins,
		headers: strings.Join(append([]string{corsHeaders}, o.Headers...), ", "),
		bodies:  o.Bodies, oauth: o.OAuth, subtrees: o.Subtrees, local: o.Local, idle: o.IdleTimeout, draining: o.Draining, tracer: o.Tracer,
	}
}

// Install wraps the handler of a server. It is a rest.StartOption.
func (e *Edge) Install(s *http.Server) {
	s.Handler = e.Wrap(s.Handler)
	s.ErrorLog = ServerLog()
	s.MaxHeaderBytes = maxHeader
	s.IdleTimeout = e.idle
	// Otherwise net/http itself answers "OPTIONS *".
	s.DisableGeneralOptionsHandler = true
}

// Wrap returns a handler that serves requests to next through the Edge.
func (e *Edge) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := e.now()
		peer := peerOf(r)
		proxy := e.trusted(peer)
		id, claimed := e.requestID(r, proxy)
		a := &answer{ResponseWriter: w, requestID: id, clientRequestID: claimed, oauth: slices.Contains(e.oauth, r.URL.Path)}
		client := reqctx.Client{
			IP:        e.clientIP(r, peer),
			UserAgent: headerText(r, "User-Agent"),
			Languages: headerText(r, "Accept-Language"),
			RequestID: id,
			Delivery:  &a.delivery,
		}
		ctx := traced(reqctx.WithClient(r.Context(), client), r, proxy)
		ctx, endSpan := e.span(ctx, r, a)
		ctx = logx.ContextWithFields(ctx, logx.Field("requestId", id))
		r = r.WithContext(withAnswer(ctx, a))
		route := next
		if e.hidden(r) {
			route = http.HandlerFunc(answerNotFound)
		}
		// Not earlier: net/http inspects the body of the original request.
		a.body = watch(r)
		stripHeaders(r, client.IP)

		defer func() {
			abort := recovered(recover(), a, r)
			if !abort {
				a.finish()
			}
			// A client that disconnected has canceled the context of the request.
			a.delivery.Settle(ctx, abort || a.failed() || a.broken || ctx.Err() != nil)
			end := e.now()
			logAccess(ctx, r, a, end.Sub(start), end, client.IP.String())
			endSpan()
			if abort {
				panic(http.ErrAbortHandler)
			}
		}()
		e.serve(a, r, route)
	})
}

func (e *Edge) serve(a *answer, r *http.Request, next http.Handler) {
	h := a.Header()
	h.Set("X-Request-Id", a.requestID)
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = noReferrer
	// Most responses carry tokens or personal data. A cacheable response overrides this.
	h["Cache-Control"] = noStore
	if ambiguous(r) || e.draining() {
		h["Connection"] = closing
	}
	root, below := e.subtree(r.URL)
	// Below the root, the path belongs to another service, and so does its preflight.
	if !below && e.cors(a, r) {
		return
	}
	if root != "" {
		next.ServeHTTP(a, asGet(r, root))
		return
	}
	if r.Method == http.MethodTrace {
		h.Set("Allow", corsMethods)
		Error(a, r, apperr.New(apperr.MethodNotAllowed))
		return
	}
	if !canonical(r.URL) {
		Error(a, r, apperr.New(apperr.NotFound))
		return
	}
	r, err := guardBody(r, e.bodies)
	if err != nil {
		Error(a, r, err)
		return
	}
	if r.Method == http.MethodHead {
		// Serve HEAD as GET (RFC 9110 section 9.3.2). net/http knows the original method
		// and omits the body.
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	next.ServeHTTP(a, r)
}

// ambiguous reports whether a request may have had both Content-Length and
// Transfer-Encoding, after which the connection must be closed (RFC 9112 section 6.1):
// another parser may take the following bytes for part of that body. net/http drops one
// header when it handles the other (in HTTP/1.0 the latter), so every chunked request and
// all of HTTP/1.0 count.
func ambiguous(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// stripHeaders removes headers that go-zero would act upon or repeat.
func stripHeaders(r *http.Request, ip netip.Addr) {
	// go-zero's timeout handler exempts requests with these two headers from any time
	// limit.
	r.Header.Del("Upgrade")
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		r.Header.Del("Accept")
	}
	// Its trace propagator copies baggage into the response headers.
	r.Header.Del("Baggage")
	// The Edge has read these already, if they are trusted.
	r.Header.Del("Traceparent")
	r.Header.Del("Tracestate")
	r.Header.Del("X-Request-Id")
	// Its log lines and spans include the query and this header unchanged.
	r.RequestURI = loggablePath(r.URL.Path)
	r.Header.Del("X-Forwarded-For")
	if ip.IsValid() {
		r.Header.Set("X-Forwarded-For", ip.String())
	}
}

// headerText returns a header value that is safe to store and display: printable, valid
// UTF-8, at most maxHeaderText bytes.
func headerText(r *http.Request, name string) string {
	text := strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, r.Header.Get(name))
	if len(text) > maxHeaderText {
		text = strings.ToValidUTF8(text[:maxHeaderText], "")
	}
	return text
}
