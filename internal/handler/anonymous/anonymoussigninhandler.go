package anonymous

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/anonymous"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AnonymousSignInHandler serves the route "Create an anonymous user".
func AnonymousSignInHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.AnonymousReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := anonymous.NewAnonymousSignInLogic(r.Context(), svcCtx).AnonymousSignIn(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
