package social

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/social"
	"user-api/internal/svc"
)

// SocialProvidersHandler serves the route "List the social sign-in providers".
func SocialProvidersHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := social.NewSocialProvidersLogic(r.Context(), svcCtx).SocialProviders()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
