package sessions

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/sessions"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// OwnEventsHandler serves the route "List events of the user's account".
func OwnEventsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.OwnEventsReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := sessions.NewOwnEventsLogic(r.Context(), svcCtx).OwnEvents(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
