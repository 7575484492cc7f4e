package binding

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/binding"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// VerifyPhoneHandler serves the route "Add the phone number".
func VerifyPhoneHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.VerifyBindingReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := binding.NewVerifyPhoneLogic(r.Context(), svcCtx).VerifyPhone(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
