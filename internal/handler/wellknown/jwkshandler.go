package wellknown

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/wellknown"
	"user-api/internal/svc"
)

// JwksHandler serves the route "Get the public keys of access tokens". It is written by
// hand: the response is public and cacheable.
func JwksHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := wellknown.NewJwksLogic(r.Context(), svcCtx).Jwks()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicJSON(w, r, resp, svcCtx.JWKSAge())
	}
}
