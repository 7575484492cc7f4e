package inbox

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/inbox"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxStreamHandler serves the route "Stream the messages in the developer inbox". It is
// written by hand: the response is a stream.
func InboxStreamHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.InboxStreamReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		logic := inbox.NewInboxStreamLogic(r.Context(), svcCtx)
		httpapi.EventStream(w, r, func(after string, send func(id, name string, data any) error) error {
			return logic.InboxStream(&req, after, send)
		})
	}
}
