package avatar

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/avatar"
	"user-api/internal/svc"
)

// PutAvatarHandler serves the route "Set the picture". It is written by hand: the body is
// not JSON, and is only read after rate limiting and when there is capacity.
func PutAvatarHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := avatar.NewPutAvatarLogic(r.Context(), svcCtx).
			PutAvatar(func() ([]byte, error) { return httpapi.ReadBody(r) })
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
