package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"user-api/internal/channel"
)

// The modes of RateLimit.Conversion.
const (
	ConversionEnforce = "enforce"
	ConversionOff     = "off"
	ConversionShadow  = "shadow"
)

const (
	// RateOff switches one limit off.
	RateOff = "off"

	maxRates  = 4
	maxLimit  = 1_000_000
	maxWindow = 7 * 86400
	maxBudget = 1_000_000
	// maxMultiple is of a client's limit.
	maxMultiple = 10_000
)

type (
	// RateLimit bounds what costs money or can be guessed. A limit is COUNT/SECONDS,
	// several of them separated by semicolons or spaces, or off.
	RateLimit struct {
		// Enabled false takes every limit away; the cooldown, the tries of a code and
		// the locks after failures stay.
		Enabled    bool `json:",default=true"`
		Send       SendLimits
		Verify     VerifyLimits
		Password   PasswordLimits
		Refresh    RefreshLimits
		Register   RegisterLimits
		Captcha    CaptchaLimits
		Lookup     LookupLimits
		User       UserLimits
		Machine    MachineLimits
		Avatar     AvatarLimits
		Network    NetworkLimits
		Share      Share
		Budget     Budget
		Conversion Conversion
		// Prices are prices of a message to a country in US dollars, IN=0.08 of an SMS
		// and voice:IN=0.05 of another channel, in the place of the built-in ones.
		Prices []string `json:",optional"`
	}

	// SendLimits are about asking for codes.
	SendLimits struct {
		// Address is for one phone number.
		Address string `json:",default=5/3600;10/86400"`
		// Email is for one mailbox: tags and, of Gmail, dots are no other one.
		Email string `json:",default=5/3600;20/86400"`
		// Client is for one client address: IPv4, or a /64 of IPv6.
		Client string `json:",default=30/3600"`
		// Block is for a thousand numbers that differ in the last three digits.
		Block string `json:",default=20/600"`
		// Country is for the numbers of one country.
		Country string `json:",default=2000/3600"`
		// Global is for all.
		Global string `json:",default=300/60;20000/86400"`
	}

	// VerifyLimits are about wrong codes.
	VerifyLimits struct {
		// Client is for one client address.
		Client string `json:",default=30/300"`
	}

	// PasswordLimits are about sign-ins with a password that fail.
	PasswordLimits struct {
		// Account is for one account from one network: IPv4 /24, IPv6 /48.
		Account string `json:",default=10/900"`
		// Client is for one client address.
		Client string `json:",default=100/3600"`
		// Attempts is for one client address, and counts those that succeed as well.
		Attempts string `json:",default=300/3600"`
	}

	// RefreshLimits are about refreshing.
	RefreshLimits struct {
		// Client is for one client address.
		Client string `json:",default=60/60"`
	}

	// RegisterLimits are about new accounts with a password.
	RegisterLimits struct {
		// Client is for one client address.
		Client string `json:",default=10/3600"`
	}

	// CaptchaLimits are about asking the captcha's provider.
	CaptchaLimits struct {
		// Client is for tokens of one client address that are not good.
		Client string `json:",default=30/3600"`
		// Demands is for captchas demanded of one client address.
		Demands string `json:",default=60/300"`
	}

	// LookupLimits are about ids of messages, and invites, that are not there.
	LookupLimits struct {
		// Client is for one client address.
		Client string `json:",default=60/300"`
	}

	// UserLimits are about what signed-in users do.
	UserLimits struct {
		// Rename is for changes of one user's name, taken names included.
		Rename string `json:",default=20/3600"`
		// Acts is for exports, changes of password and of second factors, and sign-outs
		// everywhere of one session.
		Acts string `json:",default=30/600"`
		// Refused is for refused requests of one session.
		Refused string `json:",default=100/600"`
		// Mail is for e-mails with a code that one user asks for, to whatever addresses.
		Mail string `json:",default=20/86400"`
	}

	// MachineLimits are about machines and applications, the rows of the table client.
	MachineLimits struct {
		// Client is for refused credentials that one client address shows.
		Client string `json:",default=100/300"`
		// Id is for those that name one client, from one network.
		Id string `json:",default=30/300"`
		// Requests is for the requests of one client that has no limit of its own.
		Requests string `json:",default=1200/60"`
	}

	// AvatarLimits are about pictures that are uploaded.
	AvatarLimits struct {
		// User is for one user.
		User string `json:",default=20/3600"`
		// Client is for one client address.
		Client string `json:",default=100/3600"`
	}

	// NetworkLimits say how many times a client's limit the networks have that it is
	// in; 0 is off. A client is an IPv4 address or a /64 of IPv6, and has each of the
	// limits named Client. A home has an IPv4 address, or a /56 of IPv6.
	NetworkLimits struct {
		// Net24 is for an IPv4 /24.
		Net24 int `json:",default=8"`
		// Net56 is for an IPv6 /56.
		Net56 int `json:",default=2"`
		// Net48 is for an IPv6 /48.
		Net48 int `json:",default=8"`
		// Net32 is for an IPv6 /32, a provider.
		Net32 int `json:",default=64"`
	}

	// Share divides what many share, in percent, so that nobody uses it up alone: the
	// limits of a block, a country and all, and what SMS may cost.
	Share struct {
		// Network is the most that an IPv4 /24 or an IPv6 /48 uses.
		Network int `json:",default=25"`
		// Provider is the most that an IPv6 /32 uses.
		Provider int `json:",default=50"`
		// Number is the most of the limit of a phone number or e-mail address that a
		// network uses in which it was not proven.
		Number int `json:",default=50"`
		// Captcha is from where on a captcha is asked for; of a budget it is Budget.Soft.
		Captcha int `json:",default=75"`
		// Known is kept for networks in which an address was proven.
		Known int `json:",default=20"`
	}

	// Budget is what SMS may cost in 24 hours, in whole US dollars; 0 is off.
	Budget struct {
		// Day is for all.
		Day int `json:",default=100"`
		// Country is for one country.
		Country int `json:",default=50"`
		// Block is for a thousand numbers.
		Block int `json:",default=5"`
		// Soft is the percentage of a budget from which a captcha is asked for.
		Soft int `json:",default=50"`
	}

	// Conversion compares, per block and country, the networks that used a code with
	// those that asked for one.
	Conversion struct {
		// Mode is shadow (log and count), enforce (refuse) or off.
		Mode string `json:",default=shadow"`
		// Window is how far back it looks.
		Window Seconds `json:",default=21600"`
		// MinSent is from how many networks on it judges.
		MinSent int `json:",default=20"`
		// MinPercent is how many networks of a hundred have to use one.
		MinPercent int `json:",default=10"`
	}

	// Rate is Limit in any Window.
	Rate struct {
		Limit  int64
		Window time.Duration
	}
)

// ParseRates reads limits as "5/3600;10/86400"; off gives none.
func ParseRates(text string) ([]Rate, error) {
	if text == RateOff {
		return nil, nil
	}
	var rates []Rate
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ' ' }) {
		count, window, _ := strings.Cut(word, "/")
		limit, err := natural(count, maxLimit)
		if err != nil {
			return nil, err
		}
		seconds, err := natural(window, maxWindow)
		if err != nil {
			return nil, err
		}
		rates = append(rates, Rate{limit, time.Duration(seconds) * time.Second})
	}
	if len(rates) == 0 || len(rates) > maxRates {
		return nil, fmt.Errorf("config: %d limits, want 1 to %d", len(rates), maxRates)
	}
	return rates, nil
}

func (r RateLimit) check(k *checker) {
	const path = "RateLimit."
	if k.pro && !r.Enabled {
		k.add(path+"Enabled", "must be true in pro: anyone could spend your money")
	}
	// The most of one window in pro: a hundred times what people need.
	k.rates(path+"Send.Address", r.Send.Address, 100)
	k.rates(path+"Send.Email", r.Send.Email, 100)
	k.rates(path+"Send.Client", r.Send.Client, 10_000)
	k.rates(path+"Send.Block", r.Send.Block, 10_000)
	k.rates(path+"Send.Country", r.Send.Country, maxLimit)
	k.rates(path+"Send.Global", r.Send.Global, maxLimit)
	k.rates(path+"Verify.Client", r.Verify.Client, 10_000)
	k.rates(path+"Password.Account", r.Password.Account, 100)
	k.rates(path+"Password.Client", r.Password.Client, 10_000)
	k.rates(path+"Refresh.Client", r.Refresh.Client, 100_000)
	k.rates(path+"Register.Client", r.Register.Client, 10_000)
	k.rates(path+"Captcha.Client", r.Captcha.Client, 10_000)
	k.rates(path+"Captcha.Demands", r.Captcha.Demands, 10_000)
	k.rates(path+"Password.Attempts", r.Password.Attempts, 100_000)
	k.rates(path+"Lookup.Client", r.Lookup.Client, 10_000)
	k.rates(path+"User.Rename", r.User.Rename, 1000)
	k.rates(path+"User.Acts", r.User.Acts, 10_000)
	k.rates(path+"User.Refused", r.User.Refused, 10_000)
	k.rates(path+"User.Mail", r.User.Mail, 100)
	k.rates(path+"Machine.Client", r.Machine.Client, 10_000)
	k.rates(path+"Machine.Id", r.Machine.Id, 10_000)
	k.rates(path+"Machine.Requests", r.Machine.Requests, maxLimit)
	k.rates(path+"Avatar.User", r.Avatar.User, 1000)
	k.rates(path+"Avatar.Client", r.Avatar.Client, 10_000)
	k.between(path+"Network.Net24", int64(r.Network.Net24), k.inPro(1, 0), maxMultiple, "times")
	k.between(path+"Network.Net56", int64(r.Network.Net56), k.inPro(1, 0), maxMultiple, "times")
	k.between(path+"Network.Net48", int64(r.Network.Net48), k.inPro(1, 0), maxMultiple, "times")
	k.between(path+"Network.Net32", int64(r.Network.Net32), k.inPro(1, 0), maxMultiple, "times")
	k.between(path+"Share.Network", int64(r.Share.Network), 1, 100, "percent")
	k.between(path+"Share.Provider", int64(r.Share.Provider), 1, 100, "percent")
	k.between(path+"Share.Number", int64(r.Share.Number), 1, 100, "percent")
	k.between(path+"Share.Captcha", int64(r.Share.Captcha), 1, 100, "percent")
	k.between(path+"Share.Known", int64(r.Share.Known), 0, 90, "percent")
	k.between(path+"Budget.Day", int64(r.Budget.Day), k.inPro(1, 0), maxBudget, "dollars")
	k.between(path+"Budget.Country", int64(r.Budget.Country), 0, maxBudget, "dollars")
	k.between(path+"Budget.Block", int64(r.Budget.Block), 0, maxBudget, "dollars")
	k.between(path+"Budget.Soft", int64(r.Budget.Soft), 1, 100, "percent")
	k.option(path+"Conversion.Mode", r.Conversion.Mode, ConversionShadow, ConversionEnforce, ConversionOff)
	k.between(path+"Conversion.Window", int64(r.Conversion.Window), 600, 86400, "seconds")
	k.between(path+"Conversion.MinSent", int64(r.Conversion.MinSent), 1, 10_000, "networks")
	k.between(path+"Conversion.MinPercent", int64(r.Conversion.MinPercent), 1, 100, "percent")
	for i, entry := range r.Prices {
		region, dollars, _ := strings.Cut(entry, "=")
		if ch, rest, found := strings.Cut(region, ":"); found && channel.IsPhone(ch) {
			region = rest
		}
		// A message never costs more than a dollar, the least budget there is.
		if price, err := strconv.ParseFloat(dollars, 64); err != nil || !(price >= 0.0001 && price <= 1) {
			k.add(element(path+"Prices", i), "must be a country and dollars, as IN=0.08, 0.0001 to 1, is %q", entry)
			continue
		}
		k.region(element(path+"Prices", i), region)
	}
}

// rates checks a limit; most is the largest count that pro takes.
func (k *checker) rates(key, text string, most int64) {
	rates, err := ParseRates(text)
	switch {
	case err != nil:
		k.add(key, "must be off, or up to %d limits as 5/3600, a count of 1 to %d in 1 to %d seconds, is %q", maxRates, maxLimit, maxWindow, text)
	case k.pro && len(rates) == 0:
		k.add(key, "must not be off in pro")
	}
	for _, r := range rates {
		if k.pro && r.Limit > most {
			k.add(key, "must count to at most %d in pro, is %q", most, text)
			return
		}
	}
}

// natural reads digits and nothing else.
func natural(text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most || text[0] < '1' || text[0] > '9' {
		return 0, fmt.Errorf("config: a number between 1 and %d is needed", most)
	}
	return n, nil
}
