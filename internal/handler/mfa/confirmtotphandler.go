package mfa

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/mfa"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ConfirmTotpHandler serves the route "Confirm the authenticator app".
func ConfirmTotpHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ConfirmTotpReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := mfa.NewConfirmTotpLogic(r.Context(), svcCtx).ConfirmTotp(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
