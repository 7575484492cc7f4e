package otp

import (
	"cmp"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/address"
)

// The conversion rate is verified divided by asked.
var (
	asked = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "otp",
		Name:      "asked_total",
		Help:      "codes requested and granted, resends included",
		Labels:    []string{"channel", "country"},
	})

	verified = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "otp",
		Name:      "verified_total",
		Help:      "correct codes, by the channel of the last message",
		Labels:    []string{"channel", "country"},
	})
)

// count counts a granted message and its cost.
func (c *Challenges) count(by string, to address.Address) {
	asked.Inc(by, country(to))
	c.Guard.Spent(by, to)
}

// country returns the value of a label; an e-mail address has no country.
func country(a address.Address) string { return cmp.Or(a.Region(), "none") }
