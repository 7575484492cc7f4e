package inbox

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/inbox"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxHandler serves the route "List the messages in the developer inbox; only outside
// pro". It is written by hand: browsers get a page.
func InboxHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.InboxReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		w.Header().Add("Vary", "Accept")
		resp, page, err := inbox.NewInboxLogic(r.Context(), svcCtx).Inbox(&req, httpapi.PrefersHTML(r), r.Header.Get("Accept-Language"))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		if page != nil {
			httpapi.Page(w, page.Policy, page.HTML)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
