package webhook

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/webhook"
	"user-api/internal/svc"
)

// TwilioStatusHandler serves the route "Twilio's status callback". It is written
// by hand: what is signed is the request as it came, so nothing decodes it first.
func TwilioStatusHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		form, err := httpapi.ReadForm(r)
		if err == nil {
			err = webhook.NewTwilioStatusLogic(r.Context(), svcCtx).
				TwilioStatus(r.URL.RawQuery, form, r.Header.Get("X-Twilio-Signature"))
		}
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
