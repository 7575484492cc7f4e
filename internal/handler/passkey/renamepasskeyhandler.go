package passkey

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/passkey"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RenamePasskeyHandler serves the route "Rename a passkey".
func RenamePasskeyHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.RenamePasskeyReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := passkey.NewRenamePasskeyLogic(r.Context(), svcCtx).RenamePasskey(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
