package wellknown

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/wellknown"
	"user-api/internal/svc"
)

// ServerMetadataHandler serves the route "Get the authorization server metadata". It is
// written by hand: the response is public and cacheable.
func ServerMetadataHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := wellknown.NewServerMetadataLogic(r.Context(), svcCtx).ServerMetadata()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicJSON(w, r, resp, svcCtx.JWKSAge())
	}
}
