package mfa

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/mfa"
	"user-api/internal/svc"
)

// MakeRecoveryCodesHandler serves the route "Create new recovery codes".
func MakeRecoveryCodesHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := mfa.NewMakeRecoveryCodesLogic(r.Context(), svcCtx).MakeRecoveryCodes()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
