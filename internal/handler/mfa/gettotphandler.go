package mfa

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/mfa"
	"user-api/internal/svc"
)

// GetTotpHandler serves the route "Get the state of the second factors".
func GetTotpHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := mfa.NewGetTotpLogic(r.Context(), svcCtx).GetTotp()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
