package user

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
)

// InfoHandler serves the route "Get the signed-in user".
func InfoHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := user.NewInfoLogic(r.Context(), svcCtx).Info()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
