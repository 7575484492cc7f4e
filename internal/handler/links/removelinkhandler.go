package links

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/links"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// RemoveLinkHandler serves the route "Remove a link".
func RemoveLinkHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.RemoveLinkReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := links.NewRemoveLinkLogic(r.Context(), svcCtx).RemoveLink(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
