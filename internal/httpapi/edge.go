// Package httpapi is the HTTP edge: the only package that knows what an error
// looks like on the wire, and the place where the framework's defaults that do
// not suit a service of secrets are put right.
//
//	Edge        wraps the whole server: request id, client address, body limit,
//	            CORS, recover, access log, and every error in one schema
//	Decode      reads a request strictly; Error, JSON, NoContent and Stream answer it
//	Mount       takes goctl's routes without go-zero's own JWT check
//	ServerConf  go-zero's configuration, each middleware chosen with its reason
//	SetUpLog    the log, with secrets masked beneath everything that writes to it
//
// go-zero answers 404, 405, overload and timeouts with bodies of its own; the
// Edge replaces them. So no not-found or not-allowed handler is to be installed:
// with go-zero's own 405 also its Allow header would be lost.
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
	// maxHeader bounds the request line and headers; net/http answers 431.
	maxHeader = 32 << 10
	// maxHeaderText bounds what is kept of a header, as the columns are.
	maxHeaderText = 255
)

// Values of headers, made once; nothing writes into them.
var (
	nosniff, noReferrer, noStore = []string{"nosniff"}, []string{"no-referrer"}, []string{"no-store"}
	closing                      = []string{"close"}
)

type (
	// Options are what an Edge depends on.
	Options struct {
		// Now is the clock of the access log's durations.
		Now func() time.Time
		// Rand is where request ids come from; it must be safe for concurrent use.
		Rand io.Reader
		// TrustedProxies are the networks whose X-Forwarded-For, X-Request-Id and
		// Traceparent are believed.
		TrustedProxies []netip.Prefix
		// Origins are the exact origins whose pages may read answers; "*" is
		// every page. Empty switches CORS off.
		Origins []string
		// OwnOrigins are, by path, those that take the place of Origins there.
		OwnOrigins map[string][]string
		// Headers are those that such pages may send beside the usual ones.
		Headers []string
		// OAuth are the paths whose errors have the members of RFC 6749 as well.
		OAuth []string
		// Bodies are the routes that take another body than a JSON object.
		Bodies Bodies
		// Local are beginnings of paths that are there for this host alone: others
		// get 404.
		Local []string
		// Subtrees are GET routes that answer any method, and any path below
		// theirs, for gateways that put the request they ask about behind a prefix.
		Subtrees []string
		// IdleTimeout is how long a connection is kept open between two requests.
		IdleTimeout time.Duration
		// Draining reports whether the listener is about to close; nil never. Answers
		// then close their connection, so that a balancer has none left to send a
		// request on just as this process ends. Idle ones are not closed at once, as
		// http.Server.SetKeepAlivesEnabled would: a request may be on its way on them.
		Draining func() bool
		// Tracer makes a span of each request; nil makes none.
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
		// headers is the list a preflight is answered with.
		headers  string
		bodies   Bodies
		oauth    []string
		subtrees []string
		idle     time.Duration
		draining func() bool
		tracer   trace.Tracer
	}
)

// New returns an Edge, or an error that names an origin or a header no browser
// would send.
func New(o Options) (*Edge, error) {
	for _, origin := range o.Origins {
		if err := checkOrigin(origin); err != nil {
			return nil, err
		}
	}
	headers, err := allowedHeaders(o.Headers)
	if err != nil {
		return nil, err
	}
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	return &Edge{
		now: o.Now, rand: o.Rand, proxies: foldPrefixes(o.TrustedProxies), origins: o.Origins, own: o.OwnOrigins, headers: headers,
		bodies: o.Bodies, oauth: o.OAuth, subtrees: o.Subtrees, local: o.Local, idle: o.IdleTimeout, draining: o.Draining, tracer: o.Tracer,
	}, nil
}

// Install puts the Edge around a server's handler; it is a rest.StartOption.
func (e *Edge) Install(s *http.Server) {
	s.Handler = e.Wrap(s.Handler)
	s.ErrorLog = ServerLog()
	s.MaxHeaderBytes = maxHeader
	s.IdleTimeout = e.idle
	// Or net/http itself would answer "OPTIONS *".
	s.DisableGeneralOptionsHandler = true
}

// Wrap returns next behind the Edge.
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
		// Not sooner: net/http looks at the body of the request that it made.
		a.body = watch(r)
		defuse(r, client.IP)

		defer func() {
			abort := recovered(recover(), a, r)
			if !abort {
				a.finish()
			}
			// A client that has gone has ended the context of the request.
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
	// Most answers carry tokens or personal data; one that may be cached says so.
	h["Cache-Control"] = noStore
	if ambiguous(r) || e.draining() {
		h["Connection"] = closing
	}
	root, below := e.subtree(r.URL)
	// Below a subtree's root the path is another service's, and so is its preflight.
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
		// It is a GET (RFC 9110, section 9.3.2); net/http, which knows the request as
		// it came, leaves out the body.
		get := *r
		get.Method = http.MethodGet
		r = &get
	}
	next.ServeHTTP(a, r)
}

// ambiguous reports whether a request may have had a Content-Length beside a
// Transfer-Encoding, after which the connection must be closed (RFC 9112, section
// 6.1): what follows on it may be part of that body to another reader. net/http
// removes the one when it reads the other, in HTTP/1.0 the latter, so every chunked
// request and all of HTTP/1.0 count.
func ambiguous(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// defuse removes from the request what go-zero would act upon or repeat.
func defuse(r *http.Request, ip netip.Addr) {
	// go-zero's timeout handler lets these two pass without any time limit.
	r.Header.Del("Upgrade")
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		r.Header.Del("Accept")
	}
	// Its trace propagator copies baggage into the headers of the answer.
	r.Header.Del("Baggage")
	// Read by now, where they are believed.
	r.Header.Del("Traceparent")
	r.Header.Del("Tracestate")
	r.Header.Del("X-Request-Id")
	// Its log lines and spans quote both of these: the query, and the header as it came.
	r.RequestURI = loggablePath(r.URL.Path)
	r.Header.Del("X-Forwarded-For")
	if ip.IsValid() {
		r.Header.Set("X-Forwarded-For", ip.String())
	}
}

// headerText is a header's value as it may be stored and shown: printable, valid
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
