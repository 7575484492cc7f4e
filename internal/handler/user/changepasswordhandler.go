package user

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangePasswordHandler serves the route "Set or change the password".
func ChangePasswordHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ChangePasswordReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := user.NewChangePasswordLogic(r.Context(), svcCtx).ChangePassword(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
