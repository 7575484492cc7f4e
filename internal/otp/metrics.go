package otp

import (
	"cmp"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/address"
)

// The second over the first is the conversion.
var (
	asked = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "otp",
		Name:      "asked_total",
		Help:      "messages with a code that were asked for and granted, resends as well",
		Labels:    []string{"channel", "country"},
	})

	verified = metric.NewCounterVec(&metric.CounterVecOpts{
		Namespace: "user_api",
		Subsystem: "otp",
		Name:      "verified_total",
		Help:      "codes that were right, by the channel of the last message",
		Labels:    []string{"channel", "country"},
	})
)

// count counts a message that was asked for and granted, and what it costs.
func (c *Challenges) count(by string, to address.Address) {
	asked.Inc(by, country(to))
	c.Guard.Spent(by, to)
}

// country is a label's value; an e-mail address has none.
func country(a address.Address) string { return cmp.Or(a.Region(), "none") }
