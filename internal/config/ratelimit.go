package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"user-api/internal/channel"
)

// The values of RateLimit.Conversion.Mode.
const (
	ConversionEnforce = "enforce"
	ConversionOff     = "off"
	ConversionShadow  = "shadow"
)

const (
	// RateOff disables a limit.
	RateOff = "off"

	maxRates  = 4
	maxLimit  = 1_000_000
	maxWindow = 7 * 86400
	maxBudget = 1_000_000
	// maxMultiple applies to NetworkLimits.
	maxMultiple = 10_000
)

type (
	// RateLimit limits operations that cost money or can be guessed. A limit is
	// COUNT/SECONDS, several of them separated by semicolons or spaces, or off.
	RateLimit struct {
		// Enabled false removes all limits; the cooldown, the attempts of a code and the
		// locks after failures remain.
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
		// Prices overrides the built-in prices of a message to a country in US dollars:
		// IN=0.08 for SMS, voice:IN=0.05 for another channel.
		Prices []string `json:",optional"`
	}

	// SendLimits limits requests for codes.
	SendLimits struct {
		// Address applies per phone number.
		Address string `json:",default=5/3600;10/86400"`
		// Email applies per mailbox; tags and, for Gmail, dots do not make another mailbox.
		Email string `json:",default=5/3600;20/86400"`
		// Client applies per client: an IPv4 address or an IPv6 /64.
		Client string `json:",default=30/3600"`
		// Block applies per thousand numbers that differ in the last three digits.
		Block string `json:",default=20/600"`
		// Country applies per country of the number.
		Country string `json:",default=2000/3600"`
		// Global applies to all requests.
		Global string `json:",default=300/60;20000/86400"`
	}

	// VerifyLimits limits wrong codes.
	VerifyLimits struct {
		// Client is for one client address.
		Client string `json:",default=30/300"`
	}

	// PasswordLimits limits failed sign-ins with a password.
	PasswordLimits struct {
		// Account applies per account and network: IPv4 /24, IPv6 /48.
		Account string `json:",default=10/900"`
		// Client is for one client address.
		Client string `json:",default=100/3600"`
		// Attempts applies per client and also counts successful sign-ins.
		Attempts string `json:",default=300/3600"`
	}

	// RefreshLimits limits refreshes.
	RefreshLimits struct {
		// Client is for one client address.
		Client string `json:",default=60/60"`
	}

	// RegisterLimits limits new accounts with a password.
	RegisterLimits struct {
		// Client is for one client address.
		Client string `json:",default=10/3600"`
	}

	// CaptchaLimits limits requests to the captcha provider.
	CaptchaLimits struct {
		// Client applies to invalid tokens, per client.
		Client string `json:",default=30/3600"`
		// Demands applies to captchas requested from a client.
		Demands string `json:",default=60/300"`
	}

	// LookupLimits limits lookups of unknown message IDs and invites.
	LookupLimits struct {
		// Client is for one client address.
		Client string `json:",default=60/300"`
	}

	// UserLimits limits actions of signed-in users.
	UserLimits struct {
		// Rename applies to username changes per user, including attempts with taken names.
		Rename string `json:",default=20/3600"`
		// Acts applies to exports, changes of password and second factors, and sign-outs
		// everywhere, per session.
		Acts string `json:",default=30/600"`
		// Refused applies to refused requests per session.
		Refused string `json:",default=100/600"`
		// Mail applies to emails with a code per user, whatever the addresses.
		Mail string `json:",default=20/86400"`
	}

	// MachineLimits limits machines and applications, the rows of the table client.
	MachineLimits struct {
		// Client applies to refused credentials per client address.
		Client string `json:",default=100/300"`
		// Id applies to refused credentials per client ID and network.
		Id string `json:",default=30/300"`
		// Requests applies to the requests of a client ID without a limit of its own.
		Requests string `json:",default=1200/60"`
	}

	// AvatarLimits limits picture uploads.
	AvatarLimits struct {
		// User applies per user.
		User string `json:",default=20/3600"`
		// Client is for one client address.
		Client string `json:",default=100/3600"`
	}

	// NetworkLimits sets the limits of networks as multiples of the limits named Client; 0
	// disables one. A client is an IPv4 address or an IPv6 /64; a home has an IPv4 address
	// or an IPv6 /56.
	NetworkLimits struct {
		// Net24 applies per IPv4 /24.
		Net24 int `json:",default=8"`
		// Net56 applies per IPv6 /56.
		Net56 int `json:",default=2"`
		// Net48 applies per IPv6 /48.
		Net48 int `json:",default=8"`
		// Net32 applies per IPv6 /32, a provider.
		Net32 int `json:",default=64"`
	}

	// Share divides shared limits, in percent, so that nobody uses them up alone: the
	// limits per block and country, the global limit, and the SMS budget.
	Share struct {
		// Network is the maximum for an IPv4 /24 or IPv6 /48.
		Network int `json:",default=25"`
		// Provider is the maximum for an IPv6 /32.
		Provider int `json:",default=50"`
		// Number is the maximum share of the limit of a phone number or email address for a
		// network in which it was not verified.
		Number int `json:",default=50"`
		// Captcha is the share from which a captcha is required; for budgets it is
		// Budget.Soft.
		Captcha int `json:",default=75"`
		// Known is reserved for networks in which an address was verified.
		Known int `json:",default=20"`
	}

	// Budget limits the cost of SMS in 24 hours, in whole US dollars; 0 disables a limit.
	Budget struct {
		// Day is the total.
		Day int `json:",default=100"`
		// Country applies per country.
		Country int `json:",default=50"`
		// Block applies per thousand numbers.
		Block int `json:",default=5"`
		// Soft is the percentage of a budget from which a captcha is required.
		Soft int `json:",default=50"`
	}

	// Conversion compares, per block and country, the number of networks that used a code
	// with the number that requested one.
	Conversion struct {
		// Mode is shadow (log and count), enforce (refuse) or off.
		Mode string `json:",default=shadow"`
		// Window is the period that is evaluated.
		Window Seconds `json:",default=21600"`
		// MinSent is the minimum number of networks for a decision.
		MinSent int `json:",default=20"`
		// MinPercent is the required percentage of networks that used a code.
		MinPercent int `json:",default=10"`
	}

	// Rate allows Limit events in any Window.
	Rate struct {
		Limit  int64
		Window time.Duration
	}
)

// ParseRates parses limits such as "5/3600;10/86400"; off returns none.
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
	// The last argument is the maximum count in pro: a hundred times what people need.
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
		// No message costs more than a dollar, the smallest budget.
		if price, err := strconv.ParseFloat(dollars, 64); err != nil || !(price >= 0.0001 && price <= 1) {
			k.add(element(path+"Prices", i), "must be a country and dollars, such as IN=0.08, 0.0001 to 1, is %q", entry)
			continue
		}
		k.region(element(path+"Prices", i), region)
	}
}

// rates validates a limit; most is the largest count that pro accepts.
func (k *checker) rates(key, text string, most int64) {
	rates, err := ParseRates(text)
	switch {
	case err != nil:
		k.add(key, "must be off, or up to %d limits such as 5/3600, a count of 1 to %d in 1 to %d seconds, is %q", maxRates, maxLimit, maxWindow, text)
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

// natural parses a decimal number between 1 and most, without sign or leading zeros.
func natural(text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > most || text[0] < '1' || text[0] > '9' {
		return 0, fmt.Errorf("config: a number between 1 and %d is needed", most)
	}
	return n, nil
}
