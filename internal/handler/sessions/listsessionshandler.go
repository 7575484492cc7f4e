package sessions

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/sessions"
	"user-api/internal/svc"
)

// ListSessionsHandler serves the route "List the user's sessions".
func ListSessionsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := sessions.NewListSessionsLogic(r.Context(), svcCtx).ListSessions()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
