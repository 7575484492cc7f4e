package httpapi_test

import (
	"net/http/httptest"
	"testing"

	"user-api/internal/httpapi"
)

func TestAsset_gzip(t *testing.T) {
	for accept, want := range map[string]string{
		"": "plain", "br": "plain", "gzip": "zipped", "br, GZIP;q=0.5": "zipped", "gzip;q=0": "plain", "gzip; q=0.000": "plain", "gzip;q=1": "zipped", "*": "plain",
	} {
		r, w := httptest.NewRequest("GET", "/assets/x/y.js", nil), httptest.NewRecorder()
		r.Header.Set("Accept-Encoding", accept)
		httpapi.Asset(w, r, httpapi.File{Type: "text/javascript", Data: []byte("plain"), Zipped: []byte("zipped")})
		if got := w.Body.String(); got != want || (want == "zipped") != (w.Header().Get("Content-Encoding") == "gzip") || w.Header().Get("Vary") != "Accept-Encoding, Origin" {
			t.Errorf("Accept-Encoding %q: %s, %v", accept, got, w.Header())
		}
	}
}
