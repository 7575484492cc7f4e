package auth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/auth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// EnrollMfaHandler serves the route "Set up a required second factor during sign-in".
func EnrollMfaHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.MfaEnrollReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := auth.NewEnrollMfaLogic(r.Context(), svcCtx).EnrollMfa(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
