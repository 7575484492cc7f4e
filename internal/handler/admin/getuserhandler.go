package admin

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/admin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetUserHandler serves the route "Get a user with the sessions".
func GetUserHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.AdminUserReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := admin.NewGetUserLogic(r.Context(), svcCtx).GetUser(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
