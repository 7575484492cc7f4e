package mfa

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/mfa"
	"user-api/internal/svc"
)

// StopMfaResetHandler serves the route "Cancel a reset of the user's second factors".
func StopMfaResetHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := mfa.NewStopMfaResetLogic(r.Context(), svcCtx).StopMfaReset()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
