package callback

import (
	"net/http"

	"github.com/zeromicro/go-zero/rest/pathvar"

	"user-api/internal/httpapi"
	"user-api/internal/logic/callback"
	"user-api/internal/svc"
)

// ProviderVerifyHandler serves the route "Verify a callback URL for a provider". It is
// written by hand: the response is the text that the provider expects.
func ProviderVerifyHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := callback.NewProviderVerifyLogic(r.Context(), svcCtx).
			ProviderVerify(pathvar.Vars(r)["provider"], r.URL.RawQuery)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.Text(w, answer)
	}
}
