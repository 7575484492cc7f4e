package social

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/social"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// SocialFormHandler serves the route "Return from a provider with a form". It is written by
// hand: the body is a form, and the response is a redirect.
func SocialFormHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.SocialFormReq
		err := httpapi.Decode(r, &req)
		var form []byte
		if err == nil {
			form, err = httpapi.ReadBody(r)
		}
		var location string
		if err == nil {
			location, err = social.NewSocialFormLogic(r.Context(), svcCtx).SocialForm(&req, string(form))
		}
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.SeeOther(w, location)
	}
}
