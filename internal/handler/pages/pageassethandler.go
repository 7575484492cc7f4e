package pages

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// PageAssetHandler serves the route "A file of a page". It is written by hand: the response
// is the file.
func PageAssetHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.PageAssetReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		file, err := pages.NewPageAssetLogic(r.Context(), svcCtx).PageAsset(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Asset(w, r, httpapi.File(file))
	}
}
