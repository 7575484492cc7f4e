// Package price estimates the price of a message to a country by channel, so that spending can
// be bounded in advance. The built-in tables, prices.txt and whatsapp.txt, are estimates that
// are rounded up; operators can override them in the configuration.
package price

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"user-api/internal/channel"
)

const (
	// Dollar is one US dollar in the unit of prices.
	Dollar = 1_000_000

	// The bounds of a price; anything else is a typing error in the number of zeros.
	least = Dollar / 10_000
	most  = 10 * Dollar
)

//go:embed prices.txt
var estimates string

var builtIn = mustRead(estimates)

type (
	// Options are the operator's settings.
	Options struct {
		// Prices override estimates, each as "IN=0.08" for a text message or
		// "voice:IN=0.05": a region, and US dollars per message.
		Prices []string
		// Channels are those offered besides text messages.
		Channels []string
		// Home is the home region of the WhatsApp business; empty means unknown.
		Home string
	}

	// Table holds a price per region. The zero Table has the estimates for text messages. It
	// is immutable and may be shared.
	Table struct {
		prices  map[string]int64
		dearest int64
		// own holds the overridden prices of other channels, by channel:region.
		own      map[string]int64
		channels []string
		home     string
	}
)

// New returns the estimates with some overridden. The error names the invalid entry.
func New(o Options) (Table, error) {
	t := Table{prices: maps.Clone(builtIn.prices), own: map[string]int64{}, channels: o.Channels, home: o.Home}
	for i, entry := range o.Prices {
		region, text, _ := strings.Cut(entry, "=")
		ch, rest, ofChannel := strings.Cut(region, ":")
		if ofChannel && !channel.IsPhone(ch) {
			return Table{}, fmt.Errorf("price %d must be of %s, as voice:IN=0.05, is %q", i+1, channel.Or(channel.Phone()), entry)
		}
		if ofChannel {
			region = rest
		}
		if _, known := t.prices[region]; !known {
			return Table{}, fmt.Errorf("price %d must begin with an ISO 3166 country and an equals sign, as IN=0.08, is %q", i+1, entry)
		}
		micro, err := parse(text)
		if err != nil {
			return Table{}, fmt.Errorf("price %d must be between 0.0001 and 10 US dollars, as IN=0.08, is %q", i+1, entry)
		}
		if ofChannel && ch != channel.SMS {
			t.own[ch+":"+region] = micro
		} else {
			t.prices[region] = micro
		}
	}
	for _, micro := range t.prices {
		t.dearest = max(t.dearest, micro)
	}
	return t, nil
}

// Of returns the price of one text message to the region, in micro-USD. An unknown region has
// the highest price, so that no gap in the table is cheap.
func (t Table) Of(region string) int64 {
	if t.prices == nil {
		t = builtIn
	}
	if micro, known := t.prices[region]; known {
		return micro
	}
	return t.dearest
}

// mustRead panics at start-up on a malformed table.
func mustRead(text string) Table {
	t := Table{prices: map[string]int64{}}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		region, dollars, _ := strings.Cut(strings.TrimSpace(line), " ")
		micro, err := parse(dollars)
		if err != nil {
			panic("price: " + line)
		}
		t.prices[region] = micro
		t.dearest = max(t.dearest, micro)
	}
	return t
}

// parse reads dollars, rounding up except for errors of binary fractions. It rejects anything
// that is not a number within the bounds, NaN included.
func parse(dollars string) (micro int64, err error) {
	f, err := strconv.ParseFloat(dollars, 64)
	if err != nil || !(f*Dollar >= least && f*Dollar <= most) {
		return 0, strconv.ErrRange
	}
	return int64(math.Ceil(f*Dollar - 0.001)), nil
}
