package auth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/auth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// LoginHandler serves the route "Sign in with a code or a password".
func LoginHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.LoginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := auth.NewLoginLogic(r.Context(), svcCtx).Login(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
