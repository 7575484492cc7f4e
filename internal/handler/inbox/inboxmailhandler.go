package inbox

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/inbox"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// InboxMailHandler serves the route "Show an e-mail of the inbox as HTML". It is written by
// hand: the response is the mail.
func InboxMailHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.InboxMailReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		mail, err := inbox.NewInboxMailLogic(r.Context(), svcCtx).InboxMail(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Sandboxed(w, mail)
	}
}
