package webhook_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"user-api/internal/webhook"
)

// The secret and the signature are those in the specification of Standard Webhooks.
func TestSign(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	if err != nil {
		t.Fatal(err)
	}
	other := []byte(strings.Repeat("k", 24))
	body := `{"email":"test@example.com","username":"test_user"}`
	got := webhook.Sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", time.Unix(1649367553, 999), []byte(body), key)
	if got != "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=" {
		t.Errorf("signature %s", got)
	}
	if two := webhook.Sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", time.Unix(1649367553, 0), []byte(body), other, key); !strings.HasSuffix(two, " "+got) || strings.Count(two, "v1,") != 2 {
		t.Errorf("two signatures: %s", two)
	}
}

// The attempts for an event are spread over three days, with growing delays and up to a
// tenth of jitter.
func TestDelay(t *testing.T) {
	at, last := time.Duration(0), time.Duration(0)
	tries := int64(1)
	for ; at <= 72*time.Hour; tries++ {
		d := webhook.Delay("evt_1", tries)
		if again := webhook.Delay("evt_1", tries); again != d {
			t.Errorf("attempt %d: %s, then %s", tries, d, again)
		}
		if d < last*9/10 || d > 13*time.Hour+12*time.Minute {
			t.Errorf("after attempt %d: %s, after the previous one %s", tries, d, last)
		}
		at, last = at+d, d
	}
	if tries < 12 || tries > 15 {
		t.Errorf("%d attempts in three days", tries)
	}
	if first := webhook.Delay("evt_1", 1); first < 5*time.Second || first > 5500*time.Millisecond {
		t.Errorf("after the first attempt %s", first)
	}
	if webhook.Delay("evt_1", 3) == webhook.Delay("evt_2", 3) {
		t.Error("two events are retried at the same moment")
	}
	for failures, want := range map[int64]time.Duration{5: 5 * time.Second, 6: 10 * time.Second, 8: 40 * time.Second, 9: time.Minute, 1000: time.Minute, 1: 5 * time.Second} {
		if got := webhook.Pause(failures); got != want {
			t.Errorf("after %d failures a pause of %s, want %s", failures, got, want)
		}
	}
}
