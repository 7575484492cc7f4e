package passkey

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/passkey"
	"user-api/internal/svc"
)

// ListPasskeysHandler serves the route "List the user's passkeys".
func ListPasskeysHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := passkey.NewListPasskeysLogic(r.Context(), svcCtx).ListPasskeys()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
