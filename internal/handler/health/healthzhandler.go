package health

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/health"
	"user-api/internal/svc"
)

// HealthzHandler serves the route "The process lives".
func HealthzHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := health.NewHealthzLogic(r.Context(), svcCtx).Healthz()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
