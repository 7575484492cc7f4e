package sessions

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/sessions"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EndSessionsHandler serves the route "End all other sessions, or with scope=all this one too".
func EndSessionsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.EndSessionsReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := sessions.NewEndSessionsLogic(r.Context(), svcCtx).EndSessions(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
