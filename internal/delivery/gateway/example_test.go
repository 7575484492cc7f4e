package gateway_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// A service verifies that a request comes from user-api and is not a replay: the signature is
// correct, and the timestamp is at most five minutes off.
func Example() {
	genuine := func(h http.Header, body []byte, secret string, now time.Time) bool {
		timestamp := h.Get("X-Timestamp")
		seconds, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
			return false
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(timestamp + "."))
		mac.Write(body)
		want := "v1=" + hex.EncodeToString(mac.Sum(nil))
		return hmac.Equal([]byte(want), []byte(h.Get("X-Signature")))
	}

	r := httptest.NewRequest(http.MethodPost, "/send", strings.NewReader(vectorBody))
	r.Header.Set("X-Timestamp", vectorTimestamp)
	r.Header.Set("X-Signature", vectorSignature)
	body, _ := io.ReadAll(r.Body)
	now := time.Unix(1767225600, 0)
	fmt.Println("as it came:", genuine(r.Header, body, vectorSecret, now))
	fmt.Println("changed:", genuine(r.Header, append(body, ' '), vectorSecret, now))
	fmt.Println("an hour later:", genuine(r.Header, body, vectorSecret, now.Add(time.Hour)))
	// Output:
	// as it came: true
	// changed: false
	// an hour later: false
}
