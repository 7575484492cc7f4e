package auth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/auth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// LoginMfaHandler serves the route "Complete a sign-in with a second factor".
func LoginMfaHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.MfaLoginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := auth.NewLoginMfaLogic(r.Context(), svcCtx).LoginMfa(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
