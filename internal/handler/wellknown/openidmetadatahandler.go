package wellknown

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/wellknown"
	"user-api/internal/svc"
)

// OpenidMetadataHandler serves the route "Get the metadata for OpenID Connect clients". It
// is written by hand: the response is public and cacheable.
func OpenidMetadataHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := wellknown.NewOpenidMetadataLogic(r.Context(), svcCtx).OpenidMetadata()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicJSON(w, r, resp, svcCtx.JWKSAge())
	}
}
