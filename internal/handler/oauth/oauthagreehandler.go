package oauth

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/oauth"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// OAuthAgreeHandler serves the route "Pass the sign-in on the page to the application".
func OAuthAgreeHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.OAuthAgreeReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := oauth.NewOAuthAgreeLogic(r.Context(), svcCtx).OAuthAgree(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
