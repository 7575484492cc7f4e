package otp_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	gozero "github.com/zeromicro/go-zero/core/prometheus"

	"user-api/internal/otp"
)

// Messages are counted when they are granted, and codes when they are correct, by channel and
// country. A refused request counts as neither.
func TestMetrics(t *testing.T) {
	gozero.Enable()
	each(t, func(t *testing.T, f fixture) {
		number := phone(t, "+4915112345678")
		asked, verified := count(t, "user_api_otp_asked_total"), count(t, "user_api_otp_verified_total")
		ticket, code := f.issue(otp.Request{Address: number})
		if _, err := f.Resend(context.Background(), ticket.ID, otp.Request{Address: number}); err == nil {
			t.Error("a resend within the cooldown is granted")
		}
		f.Advance(t, time.Minute)
		if _, err := f.Resend(context.Background(), ticket.ID, otp.Request{Address: number}); err != nil {
			t.Fatal(err)
		}
		if err := f.verify(ticket.ID, wrong(code)); err == nil {
			t.Error("a wrong code is accepted")
		}
		if err := f.verify(ticket.ID, code); err != nil {
			t.Fatal(err)
		}
		if n := count(t, "user_api_otp_asked_total") - asked; n != 2 {
			t.Errorf("%v messages were requested, want 2", n)
		}
		if n := count(t, "user_api_otp_verified_total") - verified; n != 1 {
			t.Errorf("%v codes were correct, want 1", n)
		}
	})
}

// count returns a counter of text messages to Germany.
func count(t *testing.T, name string) float64 {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if l := m.GetLabel(); family.GetName() == name && l[0].GetValue() == "sms" && l[1].GetValue() == "DE" {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}
