// Package price estimates what a message to a country costs by each channel, so that
// spending can be bounded before it is known. The tables it begins with, prices.txt and
// whatsapp.txt, are guesses rounded up; who sends knows better and says so in the
// configuration.
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
	// Dollar is the unit of prices per US dollar.
	Dollar = 1_000_000

	// The bounds of a price: less is a slip in the number of zeros, more too.
	least = Dollar / 10_000
	most  = 10 * Dollar
)

//go:embed prices.txt
var estimates string

var builtIn = mustRead(estimates)

type (
	// Options are what an operator knows better.
	Options struct {
		// Prices replace estimates, each as "IN=0.08", for a text message, or as
		// "voice:IN=0.05": the region, and US dollars for one message.
		Prices []string
		// Channels are those there are beside text messages.
		Channels []string
		// Home is the region of the business to WhatsApp; empty means elsewhere.
		Home string
	}

	// Table holds a price per region; the zero Table has the estimates of text
	// messages. It does not change, so it may be shared.
	Table struct {
		prices  map[string]int64
		dearest int64
		// own are the prices of other channels that were replaced, by channel:region.
		own      map[string]int64
		channels []string
		home     string
	}
)

// New returns the estimates with some replaced. The error names the entry at fault.
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

// Of is the estimate for one message to the region, in millionths of a US dollar.
func Of(region string) int64 { return builtIn.Of(region) }

// Of is the price of one message to the region, in millionths of a US dollar; an
// unknown region has the dearest, so that no gap in the table is cheap.
func (t Table) Of(region string) int64 {
	if t.prices == nil {
		t = builtIn
	}
	if micro, known := t.prices[region]; known {
		return micro
	}
	return t.dearest
}

// mustRead panics, at the start of the program, on a table that no test has seen.
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

// parse reads dollars, rounding up but for what binary fractions add. What is no
// number, NaN among it, is out of bounds.
func parse(dollars string) (micro int64, err error) {
	f, err := strconv.ParseFloat(dollars, 64)
	if err != nil || !(f*Dollar >= least && f*Dollar <= most) {
		return 0, strconv.ErrRange
	}
	return int64(math.Ceil(f*Dollar - 0.001)), nil
}
