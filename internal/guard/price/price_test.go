package price_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"user-api/internal/guard/price"
)

// estimates are the built-in prices.
var estimates price.Table

func lines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("prices.txt")
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			entries = append(entries, line)
		}
	}
	return entries
}

func TestPricesAreOfEveryRegion(t *testing.T) {
	regions := []string{"001"}
	for region := range phonenumbers.GetSupportedRegions() {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	var listed []string
	for _, line := range lines(t) {
		region, _, _ := strings.Cut(line, " ")
		listed = append(listed, region)
	}
	if !slices.Equal(listed, regions) {
		t.Errorf("prices.txt lists %v, want each region of libphonenumber once, sorted: %v", listed, regions)
	}
	for _, region := range regions {
		if micro := estimates.Of(region); micro < price.Dollar/1000 || micro > price.Dollar {
			t.Errorf("%s costs %d, want between 0.001 and 1 USD", region, micro)
		}
	}
}

func TestOf(t *testing.T) {
	if us, in := estimates.Of("US"), estimates.Of("IN"); us != 10_000 || in != 80_000 {
		t.Errorf("US %d, IN %d, want the table's prices in micro-USD", us, in)
	}
	if got, want := estimates.Of("ZZ"), estimates.Of("001"); got != want {
		t.Errorf("an unknown region costs %d, want the highest price, %d", got, want)
	}
}

func TestNew(t *testing.T) {
	table, err := price.New(price.Options{Prices: []string{"IN=0.0035", "001=2", "GB=0.0400001"}})
	if err != nil {
		t.Fatal(err)
	}
	for region, want := range map[string]int64{"IN": 3500, "001": 2_000_000, "GB": 40_001, "US": estimates.Of("US"), "ZZ": 2_000_000} {
		if got := table.Of(region); got != want {
			t.Errorf("%s costs %d, want %d", region, got, want)
		}
	}
	if estimates.Of("IN") != 80_000 {
		t.Error("an override changed the estimates")
	}
	for _, entry := range []string{"", "IN", "IN=", "=0.1", "in=0.1", "ZZ=0.1", "IN=0", "IN=-1", "IN=11", "IN=NaN", "IN=Inf", "IN=1e300", "IN=0,08", "IN= 0.08", "fax:IN=0.1", "voice:=0.1", ":IN=0.1"} {
		if _, err := price.New(price.Options{Prices: []string{"US=0.01", entry}}); err == nil || !strings.HasPrefix(err.Error(), "price 2 must") {
			t.Errorf("New(%q) = %v, want an error that names it", entry, err)
		}
	}
}

// Each channel has its own prices. WhatsApp is more expensive for a business that is not known
// to be at home in the region.
func TestBy(t *testing.T) {
	made := func(o price.Options) price.Table {
		table, err := price.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	abroad, indian := made(price.Options{}), made(price.Options{Home: "IN"})
	own := made(price.Options{Home: "IN", Prices: []string{"whatsapp:IN=0.003", "voice:US=0.2", "sms:US=0.02"}, Channels: []string{"voice"}})
	for _, tt := range []struct {
		name            string
		table           price.Table
		channel, region string
		want            int64
	}{
		{"the international rate", abroad, "whatsapp", "IN", 28_000},
		{"the rate at home", indian, "whatsapp", "IN", 2_000},
		{"to another country from there", indian, "whatsapp", "ID", 136_000},
		{"one rate", indian, "whatsapp", "BR", 32_000},
		{"a region that is not listed", indian, "whatsapp", "CH", 80_000},
		{"one's own", own, "whatsapp", "IN", 3_000},
		{"a text message", own, "sms", "US", 20_000},
		{"a call", own, "voice", "US", 200_000},
		{"a call at the least", abroad, "voice", "US", 30_000},
		{"by whichever channel", own, "", "US", 200_000},
		{"an e-mail", own, "email", "", 0},
	} {
		if got := tt.table.By(tt.channel, tt.region); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
