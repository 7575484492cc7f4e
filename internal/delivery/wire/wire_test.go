package wire_test

import (
	"net/http"
	"testing"
	"time"

	"user-api/internal/delivery/wire"
)

func TestRetryAfter(t *testing.T) {
	tests := []struct {
		name, value, date string
		want              time.Duration
	}{
		{"seconds", "30", "", 30 * time.Second},
		{"a date, by the server's clock", "Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 30 * time.Second},
		{"a date that is over", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:30 GMT", 0},
		{"a date without the server's", "Wed, 21 Oct 2015 07:28:30 GMT", "", 0},
		{"negative", "-1", "", 0},
		{"a fraction", "1.5", "", 0},
		{"more than a time can be", "99999999999999999999", "", 0},
		{"nothing", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Retry-After": {tt.value}, "Date": {tt.date}}
			if got := wire.RetryAfter(h); got != tt.want {
				t.Errorf("RetryAfter(%q): %s, want %s", tt.value, got, tt.want)
			}
		})
	}
}
