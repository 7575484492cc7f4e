package twilio

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"user-api/internal/delivery"
)

// FuzzClassify checks, for any answer, what keeps a message from being sent twice: only a 429
// is retried, and no word of the answer gets into the error.
func FuzzClassify(f *testing.F) {
	f.Add(429, "1", `{"code":20429,"message":"Too Many Requests","status":429}`)
	f.Add(400, "", `{"code":21211,"message":"Invalid 'To' Phone Number: +15005550006","status":400}`)
	f.Add(503, "Wed, 21 Oct 2015 07:28:00 GMT", `<html>`)
	f.Add(307, "", ``)
	f.Add(429, "-1", `{"code":"20429"}`)
	known := []string{
		delivery.ReasonCredentials, delivery.ReasonNumber, delivery.ReasonSender, delivery.ReasonRegion,
		delivery.ReasonOptedOut, delivery.ReasonRoute, delivery.ReasonNotMobile, delivery.ReasonBlocked,
		delivery.ReasonProvider, delivery.ReasonRateLimited, delivery.ReasonThrottled, delivery.ReasonRejected, delivery.ReasonUnreadable,
	}
	f.Fuzz(func(t *testing.T, status int, after, body string) {
		h := http.Header{"Retry-After": {after}, "Date": {"Wed, 21 Oct 2015 07:28:00 GMT"}}
		e := classify(status, h, []byte(body))
		if e.Class == delivery.Retryable && status/100 != 4 {
			t.Errorf("status %d is %s, want that for 4xx only", status, e.Class)
		}
		if e.Class == delivery.Permanent && status/100 != 4 && status < 500 {
			t.Errorf("status %d is %s, want that for 4xx only", status, e.Class)
		}
		if e.RetryAfter < 0 {
			t.Errorf("Retry-After %q is %s, want no less than 0", after, e.RetryAfter)
		}
		if !slices.Contains(known, e.Reason) {
			t.Errorf("reason %q, want one of %q", e.Reason, known)
		}
		if len(body) > 40 && strings.Contains(e.Error(), body) {
			t.Errorf("the error %q contains the answer", e)
		}
	})
}
