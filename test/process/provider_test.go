package process

import (
	"net/http"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery/twiliotest"
)

const (
	twilioAccount = "AC0123456789abcdef0123456789abcdef"
	twilioKey     = "SK0123456789abcdef0123456789abcdef"
)

var codeInBody = regexp.MustCompile(`\b[0-9]{10}\b`)

// provider is a Messages API that accepts every message: one in eight immediately, the
// others after a pause.
type provider struct {
	*twiliotest.Server
	pause atomic.Int64 // before an answer, in nanoseconds
}

// newProvider starts one and makes the home send through it.
func newProvider(t *testing.T, h *home) *provider {
	t.Helper()
	secret := "9bZ4twilio3Kq7XvW2mRj8"
	remember(secret)
	api := &provider{Server: twiliotest.New(t, twilioAccount, twilioKey, secret)}
	answers := make([]twiliotest.Answer, 3*sends)
	for i := range answers {
		answers[i] = func(w http.ResponseWriter, r *http.Request, s *twiliotest.Server) {
			pause := time.Duration(api.pause.Load())
			if i%8 == 7 {
				pause = 0
			}
			select {
			case <-time.After(pause):
			case <-r.Context().Done(): // the client has gone
			}
			twiliotest.Created()(w, r, s)
		}
	}
	api.Script(answers...)
	h.env = append(h.env, "TWILIO_ACCOUNT_SID="+twilioAccount, "TWILIO_API_KEY="+twilioKey, "TWILIO_API_SECRET="+secret)
	h.edits = append(h.edits, edit{"Provider: inbox", "Provider: twilio"}, edit{`#From: "+`, `From: "+`},
		edit{"BaseUrl: https://api.twilio.com", "BaseUrl: " + api.URL})
	return api
}

// slow sets the duration of slow answers from now on.
func (a *provider) slow(pause time.Duration) { a.pause.Store(int64(pause)) }

// messages returns the codes sent to the provider, by number. Each request counts, as the
// provider accepts every one.
func (a *provider) messages() map[string][]string {
	all := map[string][]string{}
	for _, r := range a.Requests() {
		code := codeInBody.FindString(r.Form.Get("Body"))
		remember(code)
		all[r.Form.Get("To")] = append(all[r.Form.Get("To")], code)
	}
	return all
}
