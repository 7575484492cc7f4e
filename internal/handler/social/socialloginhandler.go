package social

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/social"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialLoginHandler serves the route "Sign in with another provider".
func SocialLoginHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SocialLoginReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := social.NewSocialLoginLogic(r.Context(), svcCtx).SocialLogin(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
