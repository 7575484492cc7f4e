package httpapi

import (
	"context"
	"net/http"
	"time"
)

// asLongPoll serves a route that may hold its response open, without go-zero's timeout handler;
// longest limits the whole request instead. The server's read deadline would cancel the
// context of a held request, so both deadlines are extended. The server resets them for the
// next request on the connection.
func asLongPoll(longest time.Duration, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), longest)
		defer cancel()
		end, _ := ctx.Deadline()
		control := http.NewResponseController(w)
		_, _ = control.SetReadDeadline(end), control.SetWriteDeadline(end)
		next(w, r.WithContext(ctx))
	}
}
