package passkey

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/passkey"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PasskeyLoginOptionsHandler serves the route "Get the options for a sign-in with a passkey".
func PasskeyLoginOptionsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.PasskeyLoginOptionsReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := passkey.NewPasskeyLoginOptionsLogic(r.Context(), svcCtx).PasskeyLoginOptions(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
