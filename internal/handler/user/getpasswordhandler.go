package user

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/user"
	"user-api/internal/svc"
)

// GetPasswordHandler serves the route "Get the state of the password".
func GetPasswordHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		resp, err := user.NewGetPasswordLogic(r.Context(), svcCtx).GetPassword()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, resp)
	}
}
