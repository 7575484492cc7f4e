package pages

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// CaptchaPageHandler serves the route "The captcha frame". It is written by hand: the
// response is a page.
func CaptchaPageHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := pages.NewCaptchaPageLogic(r.Context(), svcCtx).CaptchaPage(r.Header.Get("Accept-Language"))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Page(w, page.Policy, page.HTML)
	}
}
