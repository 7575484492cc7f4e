package passkey

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/passkey"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PasskeyLoginHandler serves the route "Sign in with a passkey".
func PasskeyLoginHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.PasskeyLoginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := passkey.NewPasskeyLoginLogic(r.Context(), svcCtx).PasskeyLogin(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
