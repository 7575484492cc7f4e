package webhook

import (
	"net/http"

	"user-api/internal/httpapi"
	"user-api/internal/logic/webhook"
	"user-api/internal/svc"
)

// TwilioStatusHandler serves the route "Twilio's status callback".
func TwilioStatusHandler(svcCtx *svc.ServiceContext) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := webhook.NewTwilioStatusLogic(r.Context(), svcCtx).TwilioStatus()
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}
}
