package auth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/auth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ResetPasswordHandler serves the route "Reset the password with a code".
func ResetPasswordHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ResetPasswordReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := auth.NewResetPasswordLogic(r.Context(), svcCtx).ResetPassword(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
