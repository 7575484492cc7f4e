package oauth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/oauth"
	"user-api/internal/svc"
	"user-api/internal/web"
)

// OAuthAuthorizeHandler serves the route "Sign in for an application". It is written by
// hand: a parameter that is given twice is for the logic to see, and the answer is a page
// or a redirect.
func OAuthAuthorizeHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		next, err := oauth.NewOAuthAuthorizeLogic(r.Context(), svcCtx).OAuthAuthorize(r.URL.RawQuery)
		switch {
		case err != nil:
			httpapi.Error(w, r, err)
		case next.Location != "":
			httpapi.SeeOther(w, next.Location)
		default:
			httpapi.Page(w, web.SignInPolicy, web.SignIn(next.Name))
		}
	}
}
