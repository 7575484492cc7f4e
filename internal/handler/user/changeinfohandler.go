package user

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangeInfoHandler serves the route "Change the username, the display name, the locale or the metadata".
func ChangeInfoHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ChangeInfoReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := user.NewChangeInfoLogic(r.Context(), svcCtx).ChangeInfo(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
