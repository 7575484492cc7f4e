package admin

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/admin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// UnbanHandler serves the route "Lift a ban".
func UnbanHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.AdminUserReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := admin.NewUnbanLogic(r.Context(), svcCtx).Unban(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
