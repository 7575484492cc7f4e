package binding

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/binding"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// BindEmailHandler serves the route "Send a code to a new e-mail address".
func BindEmailHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.BindEmailReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := binding.NewBindEmailLogic(r.Context(), svcCtx).BindEmail(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
