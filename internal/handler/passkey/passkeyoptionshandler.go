package passkey

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/passkey"
	"user-api/internal/svc"
)

// PasskeyOptionsHandler serves the route "Get the options for creating a passkey".
func PasskeyOptionsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := passkey.NewPasskeyOptionsLogic(r.Context(), svcCtx).PasskeyOptions()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
