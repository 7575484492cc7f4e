package social

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/social"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialCallbackHandler serves the route "Return from a provider". It is written by hand:
// the request has a cookie, and the response is a redirect.
func SocialCallbackHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SocialCallbackReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		location, cookie, err := social.NewSocialCallbackLogic(r.Context(), svcCtx).
			SocialCallback(&req, func(name string) string { return httpapi.Cookie(r, name) })
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.SetCookie(w, cookie.Name, "", 0, cookie.Secure)
		httpapi.Found(w, location)
	}
}
