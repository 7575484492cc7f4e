package oauth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/oauth"
	"user-api/internal/svc"
)

// OAuthAuthorizeHandler serves the route "Sign in to an application". It is written by
// hand: the logic checks for repeated parameters, and the response is a page or a redirect.
func OAuthAuthorizeHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, location, err := oauth.NewOAuthAuthorizeLogic(r.Context(), svcCtx).OAuthAuthorize(r.URL.RawQuery, r.Header.Get("Accept-Language"))
		switch {
		case err != nil:
			httpapi.Error(w, r, err)
		case location != "":
			httpapi.SeeOther(w, location)
		default:
			httpapi.Page(w, page.Policy, page.HTML)
		}
	}
}
