package otp

import (
	"cmp"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/identity"
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

// country is a label's value; an e-mail address has none.
func country(a identity.Address) string { return cmp.Or(a.Region(), "none") }
