package pages

import (
	"net/http"
	"time"

	"user-api/internal/httpapi"
	"user-api/internal/logic/pages"
	"user-api/internal/svc"
)

// ApiDocumentHandler serves the route "The API document". It is written by hand: the
// response is a public, cacheable file.
func ApiDocumentHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		file, err := pages.NewApiDocumentLogic(r.Context(), svcCtx).ApiDocument()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.PublicDocument(w, r, httpapi.Document{Tag: file.Tag, Data: file.Data, Zipped: file.Zipped, Age: time.Minute})
	}
}
