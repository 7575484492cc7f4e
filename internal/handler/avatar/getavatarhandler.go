package avatar

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/avatar"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// GetAvatarHandler serves the route "Get the picture of a user". It is written by hand: the
// response is the picture.
func GetAvatarHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req types.GetAvatarReq
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		picture, err := avatar.NewGetAvatarLogic(r.Context(), svcCtx).GetAvatar(&req)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JPEG(w, r, httpapi.Picture{Tag: picture.Tag, Lasting: picture.Lasting, Load: picture.Load})
	}
}
