package mfa

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/mfa"
	"user-api/internal/svc"
)

// RemoveTotpHandler serves the route "Remove the authenticator app and the recovery codes".
func RemoveTotpHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := mfa.NewRemoveTotpLogic(r.Context(), svcCtx).RemoveTotp()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
