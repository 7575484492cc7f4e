package callback

import (
	"net/http"

	"github.com/zeromicro/go-zero/rest/pathvar"

	"user-api/internal/httpapi"
	"user-api/internal/logic/callback"
	"user-api/internal/svc"
)

// ProviderEventsHandler serves the route "Receive events about accounts from a social
// sign-in provider". It is written by hand: the body is a token, or Apple's object that
// contains one, and the response depends on the sender.
func ProviderEventsHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		provider := pathvar.Vars(r)["provider"]
		err := svcCtx.Signin.CheckEventProvider(provider)
		var body []byte
		if err == nil {
			body, err = httpapi.ReadBody(r)
		}
		object := false
		if err == nil {
			object, err = callback.NewProviderEventsLogic(r.Context(), svcCtx).ProviderEvents(provider, body)
		}
		switch {
		case err != nil:
			httpapi.EventError(w, r, err)
		case object:
			httpapi.JSON(w, r, struct{}{})
		default:
			httpapi.Accepted(w)
		}
	}
}
