package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
)

type (
	// loggedPanic replaces a panic whose stack has already been logged.
	loggedPanic struct{}

	// routeWriter records whether a handler has started its response. It delays the status
	// 200 until the body is written.
	routeWriter struct {
		http.ResponseWriter
		begun bool
	}
)

// Unwrap supports http.ResponseController.
func (t *routeWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Write records that the response has started. It drops a body of only null, the response
// of goctl's templates when the logic is not implemented.
func (t *routeWriter) Write(p []byte) (int, error) {
	if !t.begun && string(p) == "null" {
		return len(p), nil
	}
	t.begun = true
	return t.ResponseWriter.Write(p)
}

// WriteHeader records that the response has started, except for a 200, which Write sends.
func (t *routeWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		return
	}
	t.begun = t.begun || status > http.StatusOK
	t.ResponseWriter.WriteHeader(status)
}

// guardRoute tells the Edge which route was reached and turns a panic of its handler into a
// 500. This must happen here: go-zero's timeout handler runs the handler in a separate
// goroutine, so further out the stack, and after a timeout the panic itself, would be lost,
// and go-zero's metrics would count a 200.
//
// A handler that writes no response also causes a 500, because every 200 of this service
// has a body. This exposes a generated route whose logic is not implemented.
func guardRoute(route rest.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		growStack()
		setRoute(r.Context(), &route.Path)
		t := &routeWriter{ResponseWriter: w}
		defer func() {
			p := recover()
			switch {
			case p == nil && (t.begun || r.Context().Err() != nil):
				return
			case p == nil:
				logx.WithContext(r.Context()).Errorf("%s %s has no answer: its logic is not written", route.Method, route.Path)
				w.Header().Del("Content-Type")
				writeInternal(w, r)
				return
			case p == http.ErrAbortHandler: //nolint:errorlint // net/http compares it the same way
				panic(p)
			}
			logPanic(r.Context(), p)
			if t.begun {
				panic(loggedPanic{})
			}
			writeInternal(w, r)
		}()
		route.Handler(t, r)
	}
}

// growStack enlarges the stack of the goroutine that go-zero's timeout handler starts for
// each request. Otherwise the runtime would copy the stack several times as it grows, which
// took a twelfth of the CPU time of a read.
//
//go:noinline
func growStack() byte {
	var room [12 << 10]byte
	return room[len(room)-1]
}

// recovered handles the result of recover: it responds with 500, or reports that the
// connection must be aborted because the response has already started.
func recovered(p any, a *answer, r *http.Request) (abort bool) {
	switch p {
	case nil:
		return false
	case http.ErrAbortHandler:
		return true
	case loggedPanic{}:
	default:
		logPanic(r.Context(), p)
	}
	if !a.restart() {
		return true
	}
	writeInternal(a, r)
	return false
}

// logPanic logs a panic with its stack and the request ID, but nothing else of the request.
func logPanic(ctx context.Context, p any) {
	logx.WithContext(ctx).Errorw("panic: "+fmt.Sprint(p), logx.Field("stack", string(debug.Stack())))
}

func writeInternal(w http.ResponseWriter, r *http.Request) {
	body := newBody(apperr.New(apperr.Internal), reqctx.ClientFrom(r.Context()).RequestID)
	writeError(w, http.StatusInternalServerError, body)
}
