package wellknown

import (
	"net/http"
	"time"

	"user-api/internal/httpapi"
	"user-api/internal/logic/wellknown"
	"user-api/internal/svc"
)

// RelatedOriginsHandler serves the route "List the origins that may use this domain's
// passkeys". It is written by hand: the response is public and cacheable.
func RelatedOriginsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := wellknown.NewRelatedOriginsLogic(r.Context(), svcCtx).RelatedOrigins()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicJSON(w, r, resp, time.Hour)
	}
}
