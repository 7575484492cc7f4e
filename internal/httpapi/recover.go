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
	// loggedPanic is thrown on in place of a panic whose stack has been logged.
	loggedPanic struct{}

	// routeWriter reports whether a handler has begun an answer that says something.
	// It holds back the status 200 until the body comes.
	routeWriter struct {
		http.ResponseWriter
		begun bool
	}
)

// Unwrap is for http.ResponseController.
func (t *routeWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Write notes that the answer has begun. It drops a body that is only null, which is
// what goctl's own templates answer where nobody has written the logic.
func (t *routeWriter) Write(p []byte) (int, error) {
	if !t.begun && string(p) == "null" {
		return len(p), nil
	}
	t.begun = true
	return t.ResponseWriter.Write(p)
}

// WriteHeader notes that the answer has begun, unless it is a 200: the body sends that.
func (t *routeWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		return
	}
	t.begun = t.begun || status > http.StatusOK
	t.ResponseWriter.WriteHeader(status)
}

// guardRoute tells the Edge which route was reached and turns a panic of its
// handler into a 500 right there. Further out would be too late: go-zero's
// timeout handler runs the handler in a goroutine of its own, so its stack would
// be lost, and after the timeout the panic too; and go-zero's metrics would
// count a 200.
//
// A handler that answered nothing is a 500 too: every 200 of ours has a body. So a
// route that goctl has made and nobody has written does not look as if it worked.
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
			case p == http.ErrAbortHandler: //nolint:errorlint // net/http compares it so
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

// growStack makes room on the stack of a goroutine. go-zero's timeout handler begins
// one for each request, whose stack would else be copied several times on its way down,
// each time with more on it: a twelfth of what a read costs.
//
//go:noinline
func growStack() byte {
	var room [12 << 10]byte
	return room[len(room)-1]
}

// recovered deals with what recover gave: it answers 500, or reports that the
// connection must be cut because the answer is already on its way.
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

// logPanic logs a panic with its stack, and nothing of the request but its id.
func logPanic(ctx context.Context, p any) {
	logx.WithContext(ctx).Errorw("panic: "+fmt.Sprint(p), logx.Field("stack", string(debug.Stack())))
}

func writeInternal(w http.ResponseWriter, r *http.Request) {
	body := newBody(apperr.New(apperr.Internal), reqctx.ClientFrom(r.Context()).RequestID)
	writeError(w, http.StatusInternalServerError, body)
}
