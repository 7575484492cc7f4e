package svc

import (
	"testing"

	"user-api/internal/config"
	"user-api/internal/delivery/msg91test"
)

func TestLookAtMsg91(t *testing.T) {
	c := example(t, config.ProviderMsg91)
	api := msg91test.New(t, c.Sms.Msg91.AuthKey)
	c.Sms.Msg91.BaseUrl = api.URL
	if got := doctorSays(t, c); len(got) != 1 || got[0].Verdict != Warn || len(api.Requests()) > 0 {
		t.Errorf("%v, %d sent; want that the key is taken, and nothing sent", got, len(api.Requests()))
	}
	c.Sms.Msg91.AuthKey = "another"
	if got := doctorSays(t, c); len(got) != 1 || got[0].Verdict != Fail {
		t.Errorf("%v, want a fault for another key", got)
	}
}
