package service

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/service"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RevocationsHandler serves the route "Follow the revocation feed".
func RevocationsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.RevocationsReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := service.NewRevocationsLogic(r.Context(), svcCtx).Revocations(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
