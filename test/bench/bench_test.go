package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The driver counts what is answered, passes over a rare refusal and fails on many.
func TestDrive(t *testing.T) {
	for name, refuseEach := range map[string]int{"none": 0, "all": 1} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if refuseEach > 0 || r.Header.Get("Authorization") != "Bearer t" {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				fmt.Fprint(w, "body")
			}))
			defer server.Close()
			times, err := drive(server.Listener.Addr().String(), getters(4, "/x", []string{"t", "t", "t", "t"}), 50*time.Millisecond)
			if refused := refuseEach > 0; (err != nil) != refused || (len(times) == 0) != refused {
				t.Errorf("%d units, %v", len(times), err)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(i))
	}
	if percentile(times, 50) != 50 || percentile(times, 99) != 99 || percentile(nil, 99) != 0 {
		t.Errorf("p50 %v, p99 %v", percentile(times, 50), percentile(times, 99))
	}
}

// Every session asked for is another, also where users are fewer than sessions.
func TestSpread(t *testing.T) {
	for _, users := range []int{fewUsers, tokens, benchUsers, 1_000_000} {
		seen := map[[2]int]bool{}
		for i := range tokens {
			user, session := spread(i, users, 0)
			seen[[2]int{user, session}] = true
			if user >= users {
				t.Fatalf("user %d of %d", user, users)
			}
		}
		if len(seen) != tokens {
			t.Errorf("of %d users: %d sessions, want %d", users, len(seen), tokens)
		}
	}
}
