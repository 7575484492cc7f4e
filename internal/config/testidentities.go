package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// maxTestIdentity is how far in the future a test identity may end in pro: long enough for
// an app store's review, too short to be forgotten.
const maxTestIdentity = 90 * 24 * time.Hour

var fixedCode = regexp.MustCompile(`^[0-9]{4,10}$`)

// TestIdentity is an address with a fixed code, for app store reviewers and CI. Nothing is
// ever sent to it.
type TestIdentity struct {
	// To is an E.164 number or an email address.
	To string
	// Code is the code of every challenge for To: 6 to 10 digits, or Otp.Length.
	Code string
	// Until is the last valid day in UTC, as in 2027-01-31; empty means no end.
	Until string `json:",optional"`
	// Clients lists the networks (CIDR) from which Code is accepted; empty means any.
	Clients []string `json:",optional"`
}

// CheckDates validates the dates, which Validate cannot do without a clock: in pro no test
// identity may last longer than 90 days from now.
func (c Config) CheckDates(now time.Time) error {
	k := &checker{pro: c.Mode == ModePro}
	for i, t := range c.Otp.TestIdentities {
		if k.pro && t.Ends().Sub(now) > maxTestIdentity+24*time.Hour {
			k.add(element("Otp.TestIdentities", i)+".Until", "must be at most 90 days ahead in pro, is %s", t.Until)
		}
	}
	if len(k.Problems) > 0 {
		return k.Problems
	}
	return nil
}

// Ends returns the time from which the address is an ordinary one; zero means never.
func (t TestIdentity) Ends() time.Time {
	day, err := time.Parse(time.DateOnly, t.Until)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

// Format is as Config.Format.
func (t TestIdentity) Format(s fmt.State, _ rune) { format(s, t) }

// MarshalJSON masks the code.
func (t TestIdentity) MarshalJSON() ([]byte, error) {
	t.Code = mask
	return maskedJSON(t)
}

// Networks returns Clients as networks in canonical form.
func (t TestIdentity) Networks() []netip.Prefix {
	return Config{TrustedProxies: t.Clients}.ProxyPrefixes()
}

// checkTestIdentities never shows a code.
func (o Otp) checkTestIdentities(k *checker) {
	seen := map[string]bool{}
	for i, t := range o.TestIdentities {
		path := element("Otp.TestIdentities", i)
		switch to := strings.ToLower(t.To); {
		case !isAddress(t.To):
			k.add(path+".To", "must be a number such as +14155550100 or an e-mail address")
		case seen[to]:
			k.add(path+".To", "is given twice")
		default:
			seen[to] = true
		}
		if !fixedCode.MatchString(t.Code) || len(t.Code) < 6 && len(t.Code) != o.Length {
			k.add(path+".Code", "must have 6 to 10 digits, or Otp.Length")
		}
		t.checkBounds(k, path)
	}
}

func (t TestIdentity) checkBounds(k *checker, path string) {
	switch {
	case t.Until == "" && k.pro:
		k.add(path+".Until", "must be given in pro: a widely known code must expire")
	case t.Until != "" && t.Ends().IsZero():
		k.add(path+".Until", "must be a day such as 2027-01-31, is %q", t.Until)
	}
	if k.pro && len(t.Clients) == 0 {
		k.add(path+".Clients", "must name a network in pro: anyone could use the code")
	}
	k.networks(path+".Clients", t.Clients, "203.0.113.0/24 or 2001:db8::/48", "anyone could use the code")
}

// isAddress reports whether to looks like an E.164 number or an email address. The address
// parser validates it at the start.
func isAddress(to string) bool {
	if number, err := phonenumbers.Parse(to, ""); err == nil {
		return phonenumbers.Format(number, phonenumbers.E164) == to
	}
	at := strings.LastIndexByte(to, '@')
	return at > 0 && strings.Contains(to[at:], ".") && !strings.ContainsAny(to, " \t\r\n")
}
