package price

import (
	_ "embed"
	"strings"

	"user-api/internal/channel"
)

// leastCall is the minimum price of a call, which is billed by the minute.
const leastCall = Dollar * 3 / 100

//go:embed whatsapp.txt
var whatsAppEstimates string

var whatsApp = mustReadRates(whatsAppEstimates)

// rates are the prices of WhatsApp to a region; abroad is 0 if there is only one rate.
type rates struct{ home, abroad int64 }

// By returns the price of one message by the channel to the region, in micro-USD. An empty
// channel has the price of the most expensive one offered. An e-mail costs nothing.
func (t Table) By(ch, region string) int64 {
	if ch == "" {
		dearest := t.By(channel.SMS, region)
		for _, offered := range t.channels {
			dearest = max(dearest, t.By(offered, region))
		}
		return dearest
	}
	if micro, ok := t.own[ch+":"+region]; ok {
		return micro
	}
	switch ch {
	case channel.WhatsApp:
		return t.whatsApp(region)
	case channel.Voice:
		return max(t.Of(region), leastCall)
	case channel.Email:
		return 0
	default:
		return t.Of(region)
	}
}

// whatsApp returns the rate for a business abroad, unless the business is known to be at home
// in the region.
func (t Table) whatsApp(region string) int64 {
	r, ok := whatsApp[region]
	if !ok {
		r = whatsApp["001"]
	}
	if region == t.home {
		return r.home
	}
	return max(r.home, r.abroad)
}

// mustReadRates panics on a malformed table, as mustRead does.
func mustReadRates(text string) map[string]rates {
	all := map[string]rates{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		var r rates
		for i, dollars := range words[1:] {
			micro, err := parse(dollars)
			if err != nil || i > 1 {
				panic("price: " + line)
			}
			if i == 0 {
				r.home = micro
			} else {
				r.abroad = micro
			}
		}
		all[words[0]] = r
	}
	return all
}
