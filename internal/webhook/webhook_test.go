package webhook_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/event"
	"user-api/internal/webhook"
	"user-api/model"
)

// The secret and the signature are those of the specification of Standard Webhooks.
func TestSign(t *testing.T) {
	key, err := webhook.ParseSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
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

func TestParseSecret(t *testing.T) {
	of := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, want := range map[string]bool{
		"whsec_" + of(24): true, "whsec_" + of(64): true, "whsec_" + of(23): false, "whsec_" + of(65): false,
		of(32): false, "whsec_": false, "": false, "whsec_!" + of(32): false, "WHSEC_" + of(32): false,
	} {
		if _, err := webhook.ParseSecret(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Every event of the service says which webhooks it comes to, or why none, and nothing
// is told that no event leads to.
func TestKinds(t *testing.T) {
	led := map[string]bool{}
	for kind := range event.Kinds {
		told, reason := webhook.Told[kind], webhook.Untold[kind]
		if (len(told) > 0) == (reason != "") {
			t.Errorf("%s is in one of Told and Untold: %v, %q", kind, told, reason)
		}
		for _, webhook := range told {
			led[webhook] = true
			if !slices.Contains(model.Happened, webhook) {
				t.Errorf("%s comes to %s, which is no kind", kind, webhook)
			}
		}
	}
	for _, kind := range model.Happened {
		if !led[kind] {
			t.Errorf("no event comes to %s", kind)
		}
	}
	if n := len(webhook.Told) + len(webhook.Untold); n != len(event.Kinds) {
		t.Errorf("Told and Untold have %d kinds, event.Kinds %d", n, len(event.Kinds))
	}
}

// The tries of an event fill three days, each later than the one before and up to a
// tenth later than planned.
func TestDelay(t *testing.T) {
	at, last := time.Duration(0), time.Duration(0)
	tries := int64(1)
	for ; at <= 72*time.Hour; tries++ {
		d := webhook.Delay("evt_1", tries)
		if again := webhook.Delay("evt_1", tries); again != d {
			t.Errorf("try %d: %s, then %s", tries, d, again)
		}
		if d < last*9/10 || d > 13*time.Hour+12*time.Minute {
			t.Errorf("after try %d: %s, after the one before %s", tries, d, last)
		}
		at, last = at+d, d
	}
	if tries < 12 || tries > 15 {
		t.Errorf("%d tries in three days", tries)
	}
	if first := webhook.Delay("evt_1", 1); first < 5*time.Second || first > 5500*time.Millisecond {
		t.Errorf("after the first try %s", first)
	}
	if webhook.Delay("evt_1", 3) == webhook.Delay("evt_2", 3) {
		t.Error("two events are tried again at the same moment")
	}
	for failures, want := range map[int64]time.Duration{5: 5 * time.Second, 6: 10 * time.Second, 8: 40 * time.Second, 9: time.Minute, 1000: time.Minute, 1: 5 * time.Second} {
		if got := webhook.Pause(failures); got != want {
			t.Errorf("after %d failures a pause of %s, want %s", failures, got, want)
		}
	}
}
