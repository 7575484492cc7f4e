package links

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/links"
	"user-api/internal/svc"
)

// ListLinksHandler serves the route "List the user's linked accounts".
func ListLinksHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := links.NewListLinksLogic(r.Context(), svcCtx).ListLinks()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
