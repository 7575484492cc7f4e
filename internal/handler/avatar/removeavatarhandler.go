package avatar

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/avatar"
	"user-api/internal/svc"
)

// RemoveAvatarHandler serves the route "Remove the picture".
func RemoveAvatarHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := avatar.NewRemoveAvatarLogic(r.Context(), svcCtx).RemoveAvatar()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
