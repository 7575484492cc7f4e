package twiliotest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
)

// Callback is the answer to a status callback.
type Callback struct {
	Status int
	Header http.Header
	Body   []byte
}

// Post sends a status callback as Twilio does, for a message whose StatusCallback was to:
// signed over that URL, and then through a proxy to the service at base. Headers come in pairs.
// X-Twilio-Signature replaces the correct signature, and is omitted if it is empty.
func Post(t testing.TB, base, to, token string, form url.Values, headers ...string) Callback {
	t.Helper()
	public, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+public.RequestURI(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", Sign(token, to, form))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Callback{resp.StatusCode, resp.Header, body}
}

// Sign returns Twilio's signature of a form, step by step as in its documentation.
func Sign(token, url string, form url.Values) string {
	var keys []string
	for key := range form {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	text := url
	for _, key := range keys {
		seen := map[string]bool{}
		values := append([]string(nil), form[key]...)
		sort.Strings(values)
		for _, value := range values {
			if !seen[value] {
				text += key + value
			}
			seen[value] = true
		}
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
