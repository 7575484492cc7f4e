package challenge

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/challenge"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// CodeStatusHandler serves the route "Get the status of a message".
func CodeStatusHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.CodeStatusReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := challenge.NewCodeStatusLogic(r.Context(), svcCtx).CodeStatus(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
