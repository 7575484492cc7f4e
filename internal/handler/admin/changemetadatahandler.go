package admin

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/admin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ChangeMetadataHandler serves the route "Change a user's appMetadata".
func ChangeMetadataHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ChangeMetadataReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		err := admin.NewChangeMetadataLogic(r.Context(), svcCtx).ChangeMetadata(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
