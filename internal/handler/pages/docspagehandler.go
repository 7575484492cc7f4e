package pages

import (
	"net/http"
	"time"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// DocsPageHandler serves the route "The API reference page". It is written by hand: the
// response is a public, cacheable page.
func DocsPageHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := pages.NewDocsPageLogic(r.Context(), svcCtx).DocsPage()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicDocument(w, r, httpapi.Document{
			Tag: page.Tag(), Data: page.Data, Zipped: page.Zipped, Type: page.Type, Policy: page.Policy, Age: time.Minute,
		})
	}
}
