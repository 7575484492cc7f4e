package webhook_test

// begin: the receiver of docs/webhooks.md.

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Event is the body of a request from user-api.
type Event struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      struct {
		UserID    int64    `json:"userId"`
		SessionID string   `json:"sessionId"`
		Reason    string   `json:"reason"`
		Role      string   `json:"role"`
		Until     int64    `json:"until"`
		Changed   []string `json:"changed"`
	} `json:"data"`
}

// Receive handles requests from user-api. It may call handle more than once for an event,
// with the same id. If handle returns an error, the event is sent again later.
func Receive(secret string, now func() time.Time, handle func(id string, e Event) error) http.HandlerFunc {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil || !genuine(key, r.Header, body, now()) {
			http.Error(w, "not from user-api", http.StatusUnauthorized)
			return
		}
		var e Event
		if err := json.Unmarshal(body, &e); err != nil {
			http.Error(w, "no event", http.StatusBadRequest)
			return
		}
		if err := handle(r.Header.Get("webhook-id"), e); err != nil {
			http.Error(w, "later", http.StatusServiceUnavailable)
		}
	}
}

// genuine reports whether the request is signed and recent.
func genuine(key []byte, h http.Header, body []byte, now time.Time) bool {
	id, timestamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "." + string(body)))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, signature := range strings.Fields(h.Get("webhook-signature")) { // two during a change of the secret
		if hmac.Equal([]byte(signature), []byte(want)) {
			return true
		}
	}
	return false
}

// end.
