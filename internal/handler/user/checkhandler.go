package user

import (
	"net/http"
	"strconv"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
)

// CheckHandler serves the route "Check a session".
func CheckHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := user.NewCheckLogic(r.Context(), svcCtx).Check()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		// For forward-auth: a gateway copies headers, not a body.
		w.Header().Set("X-User-Id", strconv.FormatInt(resp.UserId, 10))
		w.Header().Set("X-User-Role", resp.Role)
		w.Header().Set("X-Session-Id", resp.SessionId)
		httpapi.JSON(w, r, resp)
	}
}
