package httpapi

import (
	"context"
	"net/http"
	"time"
)

// asHeld serves a route that may hold its answer, without go-zero's timeout handler.
// longest bounds the whole request in its place. The deadlines of the server are for
// other routes: that for reading would end the context of a request that is held. The
// connection is kept, and the server sets both anew for the next request on it.
func asHeld(longest time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), longest)
		defer cancel()
		end, _ := ctx.Deadline()
		control := http.NewResponseController(w)
		_, _ = control.SetReadDeadline(end), control.SetWriteDeadline(end)
		next(w, r.WithContext(ctx))
	}
}
