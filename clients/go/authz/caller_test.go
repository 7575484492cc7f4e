package authz

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "2": 2 * time.Second, "30": 30 * time.Second, "31": 30 * time.Second, "99999999999": 30 * time.Second, "-1": 0, "x": 0,
		"99999999999999999999": 0, "Fri, 27 Nov 2026 12:00:00 GMT": 0,
	} {
		a := answer{header: http.Header{"Retry-After": {value}}}
		if got := a.retryAfter(30 * time.Second); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
	if got := (answer{}).retryAfter(time.Minute); got != 0 {
		t.Errorf("no answer: %v", got)
	}
}

func TestMaxAge(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"max-age=300": 300 * time.Second, "public, max-age=60": time.Minute, "Public,MAX-AGE=60 , must-revalidate": time.Minute, "max-age=0": 0, "max-age=99999999": 24 * time.Hour,
		"": -1, "no-store": -1, "max-age": -1, "max-age=": -1, "max-age=-5": -1, "s-maxage=60": -1,
	} {
		got, ok := answer{header: http.Header{"Cache-Control": {value}}}.maxAge()
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("Cache-Control %q: %v, want %v", value, got, want)
		}
	}
}

// The ids of the feed sort by time: numerically if they are numbers, otherwise as text.
func TestNewer(t *testing.T) {
	for _, c := range []struct {
		id, than string
		want     bool
	}{
		{"2", "1", true}, {"1", "2", false}, {"1", "1", false}, {"10", "9", true}, {"9", "10", false}, {"010", "9", true}, {"10", "010", false}, {"1", "", true},
		{"b", "a", true}, {"a", "b", false}, {"b1", "b", true}, {"01ha", "01h9", true},
	} {
		if got := newer(c.id, c.than); got != c.want {
			t.Errorf("newer(%q, %q) = %t", c.id, c.than, got)
		}
	}
}
