package social

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/social"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialBeginHandler serves the route "Redirect a browser to a provider". It is written by
// hand: the response is a redirect with a cookie.
func SocialBeginHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SocialBeginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		location, cookie, err := social.NewSocialBeginLogic(r.Context(), svcCtx).SocialBegin(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		if cookie.Value != "" {
			httpapi.SetCookie(w, cookie.Name, cookie.Value, cookie.Life, cookie.Secure)
		}
		httpapi.Found(w, location)
	}
}
