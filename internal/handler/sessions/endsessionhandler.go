package sessions

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/sessions"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EndSessionHandler serves the route "End one session".
func EndSessionHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.EndSessionReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := sessions.NewEndSessionLogic(r.Context(), svcCtx).EndSession(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
