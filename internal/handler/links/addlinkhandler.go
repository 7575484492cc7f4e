package links

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/links"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// AddLinkHandler serves the route "Link an account at another service".
func AddLinkHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SocialLoginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := links.NewAddLinkLogic(r.Context(), svcCtx).AddLink(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
