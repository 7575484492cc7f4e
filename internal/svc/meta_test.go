package svc

import (
	"strings"
	"testing"

	"user-api/internal/config"
	"user-api/internal/delivery/metatest"
)

func TestLookAtMeta(t *testing.T) {
	c := example(t, config.ProviderMeta)
	api := metatest.New(t, c.Sms.Meta.PhoneNumberId, c.Sms.Meta.Token)
	c.Sms.Meta.BaseUrl = api.URL
	look := func() (found []Finding) {
		for _, f := range doctorSays(t, c) {
			if strings.HasPrefix(f.About, "WhatsApp") {
				found = append(found, f)
			}
		}
		return found
	}
	if got := look(); len(got) != 1 || got[0].Verdict != Warn || len(api.Messages()) > 0 {
		t.Errorf("%v, %d sent; want that the token is taken, and nothing sent", got, len(api.Messages()))
	}
	c.Sms.Meta.Token = "another"
	if got := look(); len(got) != 1 || got[0].Verdict != Fail {
		t.Errorf("%v, want a fault for another token", got)
	}
}
