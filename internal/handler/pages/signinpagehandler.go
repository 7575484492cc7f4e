package pages

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// SignInPageHandler serves the route "The sign-in page". It is written by hand: the
// response is a page.
func SignInPageHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := pages.NewSignInPageLogic(r.Context(), svcCtx).SignInPage(r.URL.Query().Get("ui_locales"), r.Header.Get("Accept-Language"))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Page(w, page.Policy, page.HTML)
	}
}
