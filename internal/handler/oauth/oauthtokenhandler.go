package oauth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/oauth"
	"user-api/internal/svc"
)

// OAuthTokenHandler serves the route "Get a token for a user or a client". It is written by
// hand: the body is a form.
func OAuthTokenHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		form, err := httpapi.ReadBody(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		resp, err := oauth.NewOAuthTokenLogic(r.Context(), svcCtx).OAuthToken(r.Header.Values("Authorization"), string(form))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
