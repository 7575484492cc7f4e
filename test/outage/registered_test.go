package outage

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"user-api/internal/delivery"
)

// inFront counts the requests to an API, and reports those for bad numbers before
// forwarding them. The number is in the query or the body, without a plus sign.
func inFront(t *testing.T, api http.Handler, bad func()) (url string, requests func() int) {
	t.Helper()
	var asked atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.Contains(r.URL.RawQuery+string(body), strings.TrimPrefix(badNumbers, "+")) {
			bad()
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL, func() int { return int(asked.Load()) }
}

// oneTemplate is a registered text for every code of a channel.
func oneTemplate(channel delivery.Channel) delivery.Templates {
	return delivery.NewTemplates("Acme", []delivery.Template{{
		Channel: channel, ID: "T1", Language: "en_US", Sign: "Acme", Variables: []delivery.Variable{{Name: "code", Value: "code"}},
	}})
}
