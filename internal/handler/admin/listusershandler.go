package admin

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/admin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListUsersHandler serves the route "List users".
func ListUsersHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ListUsersReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := admin.NewListUsersLogic(r.Context(), svcCtx).ListUsers(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
