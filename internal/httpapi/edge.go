// Package httpapi is the HTTP edge: the only package that knows what an error
// looks like on the wire, and the place where the framework's defaults that do
// not suit a service of secrets are put right.
//
//	Edge        wraps the whole server: request id, client address, body limit,
//	            CORS, recover, access log, and every error in one schema
//	Decode      reads a request strictly; Error, JSON, NoContent answer it
//	Mount       takes goctl's routes without go-zero's own JWT check
//	ServerConf  go-zero's configuration, each middleware chosen with its reason
//	SetUpLog    the log, with secrets masked beneath everything that writes to it
//
// go-zero answers 404, 405, overload and timeouts with bodies of its own; the
// Edge replaces them. So no not-found or not-allowed handler is to be installed:
// with go-zero's own 405 also its Allow header would be lost.
package httpapi

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel/propagation"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
)

const (
	// maxHeader bounds the request line and headers; net/http answers 431.
	maxHeader = 32 << 10
	// idleTimeout is longer than the 60 s after which nginx and most load
	// balancers drop an idle connection, so that it is never this side that
	// closes one just as they reuse it.
	idleTimeout = 90 * time.Second
	// maxHeaderText bounds what is kept of a header, as the columns are.
	maxHeaderText = 255
	requestIDLen  = 16
)

var (
	requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	// The values every answer begins with, made once; nothing writes into them.
	nosniff, noReferrer, noStore = []string{"nosniff"}, []string{"no-referrer"}, []string{"no-store"}
)

type (
	// Options are what an Edge depends on.
	Options struct {
		// Now is the clock of the access log's durations.
		Now func() time.Time
		// Rand is where request ids come from; it must be safe for concurrent use.
		Rand io.Reader
		// TrustedProxies are the networks whose X-Forwarded-For is believed.
		TrustedProxies []netip.Prefix
		// Origins are the exact origins whose pages may read answers; "*" is
		// every page. Empty switches CORS off.
		Origins []string
		// Forms are the paths that take an urlencoded form by POST.
		Forms []string
		// Local are beginnings of paths that are there for this host alone: others
		// get 404.
		Local []string
	}

	// Edge is the outermost handler of the service. It is safe for concurrent use.
	Edge struct {
		now     func() time.Time
		rand    io.Reader
		proxies []netip.Prefix
		origins []string
		forms   []string
		local   []string
	}
)

// New returns an Edge, or an error that names an origin no browser would send.
func New(o Options) (*Edge, error) {
	for _, origin := range o.Origins {
		if err := checkOrigin(origin); err != nil {
			return nil, err
		}
	}
	return &Edge{now: o.Now, rand: o.Rand, proxies: foldPrefixes(o.TrustedProxies), origins: o.Origins, forms: o.Forms, local: o.Local}, nil
}

// Install puts the Edge around a server's handler; it is a rest.StartOption.
func (e *Edge) Install(s *http.Server) {
	s.Handler = e.Wrap(s.Handler)
	s.ErrorLog = ServerLog()
	s.MaxHeaderBytes = maxHeader
	s.IdleTimeout = idleTimeout
	// Or net/http itself would answer "OPTIONS *".
	s.DisableGeneralOptionsHandler = true
}

// Wrap returns next behind the Edge.
func (e *Edge) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := e.now()
		client := reqctx.Client{
			IP:        e.clientIP(r),
			UserAgent: headerText(r, "User-Agent"),
			Languages: headerText(r, "Accept-Language"),
			RequestID: e.requestID(r),
		}
		a := &answer{ResponseWriter: w, requestID: client.RequestID}
		ctx := reqctx.WithClient(r.Context(), client)
		if r.Header.Get("Traceparent") != "" {
			ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
		}
		ctx = logx.ContextWithFields(ctx, logx.Field("requestId", client.RequestID))
		r = r.WithContext(withAnswer(ctx, a))
		route := next
		if e.hidden(r) {
			route = http.HandlerFunc(answerNotFound)
		}
		defuse(r, client.IP)

		defer func() {
			abort := recovered(recover(), a, r)
			if !abort {
				a.finish()
			}
			end := e.now()
			logAccess(ctx, r, a, end.Sub(start), end, client.IP.String())
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
	if e.cors(a, r) {
		return
	}
	if r.Method == http.MethodTrace {
		h.Set("Allow", corsMethods)
		Error(a, r, apperr.New(apperr.MethodNotAllowed))
		return
	}
	if !plainPath(r.URL) {
		Error(a, r, apperr.New(apperr.NotFound))
		return
	}
	if err := guardBody(r, e.forms); err != nil {
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

// plainPath reports whether a path has one reading. go-zero routes by the path
// decoded and cleaned, so with another spelling, or dots, a request would pass a
// gateway's rule for one path and reach another.
func plainPath(u *url.URL) bool {
	escaped := strings.ToLower(u.RawPath)
	return path.Clean(u.Path) == u.Path && !strings.Contains(escaped, "%2f") && !strings.Contains(escaped, "%2e")
}

// requestID takes over the id a proxy or client has given, if it is a harmless
// word, and else makes one.
func (e *Edge) requestID(r *http.Request) string {
	if given := r.Header.Get("X-Request-Id"); requestID.MatchString(given) {
		return given
	}
	var id [requestIDLen]byte
	// Without randomness an id of zeros still gives an answer.
	_, _ = io.ReadFull(e.rand, id[:])
	return hex.EncodeToString(id[:])
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
