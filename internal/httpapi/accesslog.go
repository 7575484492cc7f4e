package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel/trace"
)

// maxLoggedPath is the maximum length, in bytes, of a logged path that matched no route.
const maxLoggedPath = 128

var (
	// polledPaths are polled every few seconds by each client and would drown out the rest.
	polledPaths = []string{"/healthz", "/readyz", "/service/revocations"}

	knownMethods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodTrace,
	}
)

// accessLine is the log line of one request. All its strings are constants or validated, so
// none needs JSON escaping. It has its own encoder because logx's map encoding by
// reflection took a tenth of the CPU time of a request.
type accessLine struct {
	at                          time.Time
	requestID, trace            string
	clientRequestID             string
	method, path, ip            string
	status                      int
	milliseconds, bytesAnswered int64
}

// logAccess logs a request. It logs the route pattern, so that no identifier in a path
// reaches the log.
func logAccess(ctx context.Context, r *http.Request, a *answer, took time.Duration, at time.Time, ip string) {
	path := r.RequestURI
	if route := a.route.Load(); route != nil {
		path = *route
	}
	line := accessLine{
		at: at, requestID: a.requestID, clientRequestID: a.clientRequestID, method: loggedMethod(r.Method), path: path, ip: ip,
		status: a.status, milliseconds: took.Milliseconds(), bytesAnswered: a.bytes,
	}
	if caller := trace.SpanContextFromContext(ctx); caller.HasTraceID() {
		line.trace = caller.TraceID().String()
	}
	if a.status < http.StatusBadRequest && slices.Contains(polledPaths, path) {
		logx.Debugv(line)
		return
	}
	logx.Infov(line)
}

// loggedMethod returns a standard HTTP method unchanged, and OTHER for anything else.
func loggedMethod(method string) string {
	if slices.Contains(knownMethods, method) {
		return method
	}
	return "OTHER"
}

// appendJSON appends the line in logx's JSON format.
func (l accessLine) appendJSON(b []byte, level string) []byte {
	b = l.at.AppendFormat(append(b, `{"@timestamp":"`...), logTime)
	for _, text := range [...][2]string{
		{"level", level}, {"content", "request"}, {"requestId", l.requestID},
		{"clientRequestId", l.clientRequestID}, {"trace", l.trace},
		{"method", l.method}, {"path", l.path}, {"ip", l.ip},
	} {
		if text[1] != "" {
			b = append(append(append(append(b, `","`...), text[0]...), `":"`...), text[1]...)
		}
	}
	b = strconv.AppendInt(append(b, `","status":`...), int64(l.status), 10)
	b = strconv.AppendInt(append(b, `,"ms":`...), l.milliseconds, 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), l.bytesAnswered, 10)
	return append(b, "}\n"...)
}

// fields returns the line as fields for a plain-text log.
func (l accessLine) fields() []logx.LogField {
	list := []logx.LogField{
		logx.Field("requestId", l.requestID), logx.Field("method", l.method), logx.Field("path", l.path),
		logx.Field("ip", l.ip), logx.Field("status", l.status), logx.Field("ms", l.milliseconds),
		logx.Field("bytes", l.bytesAnswered),
	}
	if l.clientRequestID != "" {
		list = append(list, logx.Field("clientRequestId", l.clientRequestID))
	}
	return list
}

// loggablePath replaces with "*" every segment of path that is not a plain word, since it
// may be a phone number, an address or a token.
func loggablePath(path string) string {
	if len(path) > maxLoggedPath {
		path = path[:maxLoggedPath]
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if !plainWord(segment) {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

// plainWord reports whether s consists of at most 32 letters, digits, dots, hyphens and
// underscores, with fewer digits than the shortest code.
func plainWord(s string) bool {
	digits := 0
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '.', c == '-', c == '_':
		case '0' <= c && c <= '9':
			digits++
		default:
			return false
		}
	}
	return len(s) <= 32 && digits < 4
}
