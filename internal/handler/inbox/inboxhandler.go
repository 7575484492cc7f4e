package inbox

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/inbox"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxHandler serves the route "What the inbox provider was given; exists only outside pro".
func InboxHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.InboxReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := inbox.NewInboxLogic(r.Context(), svcCtx).Inbox(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
