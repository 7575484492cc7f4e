package svc

import (
	"testing"
	"time"

	"user-api/internal/config"
	"user-api/internal/delivery/alibabatest"
)

// doctorSays returns doctor's findings about the provider of a configuration.
func doctorSays(t *testing.T, c config.Config) []Finding {
	t.Helper()
	return ProbeProviders(t.Context(), c, time.Now, 5*time.Second)
}

func TestLookAtAlibaba(t *testing.T) {
	c := example(t, config.ProviderAlibaba)
	api := alibabatest.New(t, c.Sms.Alibaba.AccessKeyId, c.Sms.Alibaba.AccessKeySecret)
	c.Sms.Alibaba.Endpoint = api.URL
	if got := doctorSays(t, c); len(got) != 1 || got[0].Verdict != Pass || len(api.Requests()) != 2 {
		t.Errorf("%v after %d questions, want all well after one about each template", got, len(api.Requests()))
	}
	api.Script(alibabatest.Refused("isv.SMS_TEMPLATE_ILLEGAL"))
	if got := doctorSays(t, c); len(got) != 1 || got[0].Verdict != Fail {
		t.Errorf("%v, want a fault for a template that is not known", got)
	}
	c.Sms.Alibaba.AccessKeySecret = "another"
	if got := doctorSays(t, c); len(got) != 1 || got[0].Verdict != Fail {
		t.Errorf("%v, want a fault for another secret", got)
	}
}
