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

// maxLoggedPath bounds the path of a request that reached no route, in bytes.
const maxLoggedPath = 128

var (
	// oftenAsked are asked every few seconds, by each who asks, and would drown the rest.
	oftenAsked = []string{"/healthz", "/readyz", "/service/revocations"}

	knownMethods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodTrace,
	}
)

// accessLine is the one line per request. All its texts are ours or checked:
// none needs an escape in JSON. It has a form of its own because logx's way, a
// map that is encoded by reflection, was a tenth of what a request costs.
type accessLine struct {
	at                          time.Time
	requestID, trace            string
	clientRequestID             string
	method, path, ip            string
	status                      int
	milliseconds, bytesAnswered int64
}

// logAccess writes the line of a request. The path is the pattern of the
// route, so no identifier of a path is in it.
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
	if a.status < http.StatusBadRequest && slices.Contains(oftenAsked, path) {
		logx.Debugv(line)
		return
	}
	logx.Infov(line)
}

// loggedMethod is a method of HTTP, or OTHER for a word of the client's own.
func loggedMethod(method string) string {
	if slices.Contains(knownMethods, method) {
		return method
	}
	return "OTHER"
}

// appendJSON appends the line as it stands in the log.
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

// fields are the line for a log that is not JSON.
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

// loggablePath gives a path of which every segment that is more than a plain
// word, and so may be a number, an address or a token, is replaced by "*".
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

// plainWord reports whether s is at most 32 letters, dots, hyphens and
// underscores, with fewer digits than the shortest code has.
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
