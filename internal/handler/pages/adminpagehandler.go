package pages

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// AdminPageHandler serves the route "The administration page". It is written by hand: the
// response is a page.
func AdminPageHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := pages.NewAdminPageLogic(r.Context(), svcCtx).AdminPage(r.Header.Get("Accept-Language"))
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Page(w, page.Policy, page.HTML)
	}
}
