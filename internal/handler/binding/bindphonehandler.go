package binding

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/binding"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// BindPhoneHandler serves the route "Send a code to a new phone number".
func BindPhoneHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.BindPhoneReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := binding.NewBindPhoneLogic(r.Context(), svcCtx).BindPhone(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
