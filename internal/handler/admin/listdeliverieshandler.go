package admin

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/admin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ListDeliveriesHandler serves the route "List the timelines of messages".
func ListDeliveriesHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.ListDeliveriesReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}

		resp, err := admin.NewListDeliveriesLogic(r.Context(), svcCtx).ListDeliveries(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
