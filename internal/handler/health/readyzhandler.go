package health

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/health"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ReadyzHandler serves the route "Check whether this node can serve".
func ReadyzHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ReadyReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := health.NewReadyzLogic(r.Context(), svcCtx).Readyz(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
