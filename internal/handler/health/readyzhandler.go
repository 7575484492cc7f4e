package health

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/health"
	"user-api/internal/svc"
)

// ReadyzHandler serves the route "Database, Redis, migrations and queue are usable".
func ReadyzHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := health.NewReadyzLogic(r.Context(), svcCtx).Readyz()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
