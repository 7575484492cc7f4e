package otp

import (
	"cmp"

	"user-api/internal/address"
	"user-api/internal/metrics"
)

// The conversion rate is verified divided by asked.
var (
	asked = metrics.Counter("user_api_otp_asked_total",
		"codes requested and granted, resends included", "channel", "country")
	verified = metrics.Counter("user_api_otp_verified_total",
		"correct codes, by the channel of the last message", "channel", "country")
)

// count counts a granted message and its cost.
func (c *Challenges) count(by string, to address.Address) {
	asked.Inc(by, country(to))
	c.Guard.Spent(by, to)
}

// country returns the value of a label; an e-mail address has no country.
func country(a address.Address) string { return cmp.Or(a.Region(), "none") }
