package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// maxLoggedPath bounds the path of a request that reached no route, in bytes.
const maxLoggedPath = 128

var (
	// healthPaths are asked every few seconds and would drown the rest.
	healthPaths = []string{"/healthz", "/readyz"}

	knownMethods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodTrace,
	}
)

// logAccess writes the one line per request. The path is the pattern of the
// route, so no identifier of a path is in it.
func logAccess(ctx context.Context, r *http.Request, a *answer, took time.Duration, ip string) {
	path := r.RequestURI
	if route := a.route.Load(); route != nil {
		path = *route
	}
	method := r.Method
	if !slices.Contains(knownMethods, method) {
		method = "OTHER"
	}
	fields := []logx.LogField{
		logx.Field("method", method),
		logx.Field("path", path),
		logx.Field("status", a.status),
		logx.Field("ms", took.Milliseconds()),
		logx.Field("bytes", a.bytes),
		logx.Field("ip", ip),
	}
	if a.status < http.StatusBadRequest && slices.Contains(healthPaths, path) {
		logx.WithContext(ctx).Debugw("request", fields...)
		return
	}
	logx.WithContext(ctx).Infow("request", fields...)
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
