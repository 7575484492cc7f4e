package auth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/auth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RegisterHandler serves the route "Create an account with username and password".
func RegisterHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.RegisterReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := auth.NewRegisterLogic(r.Context(), svcCtx).Register(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
