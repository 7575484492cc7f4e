package challenge

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/challenge"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SendCodeHandler serves the route "Send a one-time code".
func SendCodeHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SendCodeReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := challenge.NewSendCodeLogic(r.Context(), svcCtx).SendCode(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
