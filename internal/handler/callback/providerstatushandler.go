package callback

import (
	"encoding/json"
	"net/http"

	"github.com/zeromicro/go-zero/rest/pathvar"

	"user-api/internal/httpapi"
	"user-api/internal/logic/callback"
	"user-api/internal/svc"
)

// ProviderStatusHandler serves the route "Receive a provider's receipt". It is written by
// hand: the signature covers the raw request, so it is not decoded first, and the response
// depends on the provider.
func ProviderStatusHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		provider := pathvar.Vars(r)["provider"]
		_, err := svcCtx.Callbacks.Of(provider)
		var body []byte
		var answer string
		if err == nil {
			body, err = httpapi.ReadBody(r)
		}
		if err == nil {
			answer, err = callback.NewProviderStatusLogic(r.Context(), svcCtx).
				ProviderStatus(provider, r.URL.RawQuery, body, r.Header.Get)
		}
		switch {
		case err != nil:
			httpapi.Error(w, r, err)
		case answer != "":
			httpapi.JSON(w, r, json.RawMessage(answer))
		default:
			httpapi.NoContent(w)
		}
	}
}
