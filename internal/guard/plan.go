package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"user-api/internal/identity"
)

// What a limit counts: the field limit of a refusal.
const (
	Address    Class = "address"
	Block      Class = "block"
	Budget     Class = "budget"
	Captcha    Class = "captcha"
	Client     Class = "client"
	Conversion Class = "conversion"
	Cooldown   Class = "cooldown"
	Country    Class = "country"
	Global     Class = "global"
	Locked     Class = "locked"
	Notices    Class = "notices"
	Password   Class = "password"
	Refresh    Class = "refresh"
	Register   Class = "register"
	Verify     Class = "verify"
)

// The modes of the conversion guard.
const (
	Enforce Mode = "enforce"
	Off     Mode = "off"
	Shadow  Mode = "shadow"
)

const (
	// prefix has the one hash tag of challenges and of the buckets that go with
	// them, so that one script may change any; see docs/decisions/0005-one-slot.md.
	prefix = "ua:guard:{ua}:"

	// A window is told apart in so many slots: finer where one person waits,
	// coarser where the whole service does.
	fine, coarse = 60, 12

	day = 24 * time.Hour
)

type (
	// Class names a limit.
	Class string

	// Mode says what the conversion guard does.
	Mode string

	// Rate allows Limit in any Window.
	Rate struct {
		Limit  int64
		Window time.Duration
	}

	// Policy is every limit. One without rates, and a budget of 0, is off.
	Policy struct {
		// Enabled false takes every bucket away; cooldown, tries and locks stay.
		Enabled bool
		// Address and Email are sends to one number and to one e-mail address,
		// Sends those of one client, Block, Country and Global all together.
		Address, Email, Sends, Block, Country, Global []Rate
		// Verify are wrong codes of a client.
		Verify []Rate
		// Account are failed sign-ins to a name from a network, Password those of a
		// client.
		Account, Password []Rate
		Refresh, Register []Rate
		// Captchas are questions to the captcha's provider that a client's tokens
		// cost and that were not worth it.
		Captchas []Rate
		// Notices are notices to one address; routine ones get half of them.
		Notices []Rate
		// DayBudget, CountryBudget and BlockBudget are micro-USD per day; past Soft
		// percent of one a captcha is asked for.
		DayBudget, CountryBudget, BlockBudget int64
		Soft                                  int
		Conversion                            Converting
	}

	// Converting judges a block or country by how many of the codes sent to it in
	// a window were used.
	Converting struct {
		Mode                Mode
		Window              time.Duration
		MinSent, MinPercent int64
	}

	// Send is a message that is asked for.
	Send struct {
		Address identity.Address
		Client  netip.Addr
		// Captcha says that a captcha was solved.
		Captcha bool
	}

	// Plan is what one request is charged to, as the scripts read it.
	Plan struct {
		Buckets    []bucket     `json:"buckets"`
		Conversion []conversion `json:"conversion"`
		// Captcha lets the soft level of a budget ask for one.
		Captcha bool `json:"captcha"`

		// self is where a refusal is remembered that is of this address and network.
		self string
	}

	bucket struct {
		Key    string `json:"key"`
		Class  Class  `json:"class"`
		Scope  string `json:"scope"`
		Amount int64  `json:"amount"`
		Rates  []rate `json:"rates"`
		Lane   bool   `json:"lane,omitempty"`
		Alert  bool   `json:"alert,omitempty"`
		Soft   int    `json:"soft,omitempty"`
	}

	rate struct {
		Series string `json:"series"`
		Limit  int64  `json:"limit"`
		Size   int64  `json:"size"`
		Slots  int    `json:"slots"`
	}

	conversion struct {
		Key     string `json:"key"`
		Scope   string `json:"scope"`
		Enforce bool   `json:"enforce"`
		Min     int64  `json:"min"`
		Percent int64  `json:"percent"`
		Sent    rate   `json:"sent"`
		Used    rate   `json:"used"`
	}
)

// ForSend is the plan of a message.
func (g *Guard) ForSend(s Send) Plan {
	p := newPlan()
	p.Captcha = g.Captcha && !s.Captcha
	to := s.Address.Canonical()
	p.self = g.key("self", to, Network(s.Client))
	if !g.Enabled {
		return p
	}
	own, isPhone := g.Email, s.Address.Kind() == identity.KindPhone
	if isPhone {
		own = g.Address
	}
	p.count(bucket{Key: g.key("address", to), Class: Address, Lane: true}, own, fine)
	p.count(bucket{Key: g.key("client", host(s.Client)), Class: Client}, g.Sends, fine)
	p.count(bucket{Key: prefix + "global", Class: Global, Alert: true}, g.Global, coarse)
	if isPhone {
		g.forPhone(&p, s.Address.Block(), s.Address.Region())
	}
	return p
}

// ForVerify is the plan of a code that is wrong.
func (g *Guard) ForVerify(client netip.Addr) Plan {
	return g.plan(bucket{Key: g.key("verify", host(client)), Class: Verify}, g.Policy.Verify)
}

// ForPassword is the plan of a sign-in that fails: to a name, which need not be
// anybody's, from a network, so that no stranger can keep the owner out.
func (g *Guard) ForPassword(name string, client netip.Addr) Plan {
	p := g.plan(bucket{Key: g.spread("account", client, name), Class: Password}, g.Account)
	if g.Enabled {
		p.count(bucket{Key: g.spread("password", client, host(client)), Class: Password}, g.Policy.Password, fine)
	}
	return p
}

// ForRefresh is the plan of a refresh.
func (g *Guard) ForRefresh(client netip.Addr) Plan {
	return g.plan(bucket{Key: g.spread("refresh", client, host(client)), Class: Refresh}, g.Policy.Refresh)
}

// ForRegister is the plan of a registration.
func (g *Guard) ForRegister(client netip.Addr) Plan {
	return g.plan(bucket{Key: g.spread("register", client, host(client)), Class: Register}, g.Policy.Register)
}

// ForCaptcha is the plan of a token that the captcha's provider is asked about.
func (g *Guard) ForCaptcha(client netip.Addr) Plan {
	return g.plan(bucket{Key: g.spread("captcha", client, host(client)), Class: Captcha}, g.Captchas)
}

// Encode is the plan as a script takes it.
func (p Plan) Encode() string {
	text, _ := json.Marshal(p) // strings and numbers always encode
	return string(text)
}

// Conversions are the plan's, for the script that later sees the code used.
func (p Plan) Conversions() string {
	text, _ := json.Marshal(p.Conversion)
	return string(text)
}

// Network is the part of a client's address that its owner keeps from day to
// day: IPv4 /24, IPv6 /48.
func Network(client netip.Addr) string { return cut(client, 24, 48) }

// host is what one client may hold at once: IPv4 /32, IPv6 /64.
func host(client netip.Addr) string { return cut(client, 32, 64) }

func cut(client netip.Addr, four, six int) string {
	bits := six
	if client.Is4() {
		bits = four
	}
	if !client.IsValid() {
		return "" // a peer without an IP; all of them count as one
	}
	return netip.PrefixFrom(client, bits).Masked().String()
}

// forPhone adds what bounds the messages that cost money, and those to numbers
// that one pumper may own.
func (g *Guard) forPhone(p *Plan, block, country string) {
	p.count(bucket{Key: g.key("block", block), Class: Block}, g.Block, fine)
	p.count(bucket{Key: prefix + "country:" + country, Class: Country, Scope: country, Alert: true}, g.Country, coarse)
	g.budgets(p, block, country)
	p.convert(g.Policy.Conversion, g.key("conversion", block), "block")
	p.convert(g.Policy.Conversion, prefix+"conversion:country:"+country, country)
}

// budgets adds what a message to a number costs.
func (g *Guard) budgets(p *Plan, block, country string) {
	cost := bucket{Class: Budget, Amount: g.Price(country), Alert: true, Soft: g.Soft}
	p.spend(cost, g.key("budget:block", block), "block", g.BlockBudget)
	p.spend(cost, prefix+"budget:country:"+country, country, g.CountryBudget)
	p.spend(cost, prefix+"budget:day", "day", g.DayBudget)
}

// key is a key as the scripts read it, of two names while their secret is changed.
func (g *Guard) key(name string, parts ...string) string {
	return g.Ring.Name(append([]string{"guard", name}, parts...)...).Prefixed(prefix + name + ":").Text()
}

// spread is key for what has nothing to do with a challenge: the network leads to
// the hash tag, so that a cluster shares the load.
func (g *Guard) spread(name string, client netip.Addr, part string) string {
	network := Network(client)
	return g.Ring.Name("guard", name, network, part).Prefixed("ua:guard:{" + tag(network) + "}:" + name + ":").Text()
}

// tag is one of 4096, the same whatever the secrets are: both names of a bucket are
// in one slot. It says less of a network than the audit trail, which has it.
func tag(network string) string {
	sum := sha256.Sum256([]byte(network))
	return hex.EncodeToString(sum[:2])[:3]
}

func (g *Guard) plan(b bucket, rates []Rate) Plan {
	p := newPlan()
	if g.Enabled {
		p.count(b, rates, fine)
	}
	return p
}

// newPlan has lists and no nulls, which a script could not walk.
func newPlan() Plan { return Plan{Buckets: []bucket{}, Conversion: []conversion{}} }

func (p *Plan) count(b bucket, rates []Rate, slots int) {
	if len(rates) == 0 {
		return
	}
	if b.Amount == 0 {
		b.Amount = 1
	}
	for _, r := range rates {
		b.Rates = append(b.Rates, r.slotted("n", slots))
	}
	p.Buckets = append(p.Buckets, b)
}

func (p *Plan) convert(c Converting, key, scope string) {
	if c.Mode == Off {
		return
	}
	window := Rate{Window: c.Window}
	p.Conversion = append(p.Conversion, conversion{
		Key: key, Scope: scope, Enforce: c.Mode == Enforce, Min: c.MinSent, Percent: c.MinPercent,
		Sent: window.slotted("s", coarse), Used: window.slotted("u", coarse),
	})
}

func (p *Plan) spend(b bucket, key, scope string, limit int64) {
	if limit == 0 {
		return
	}
	b.Key, b.Scope = key, scope
	p.count(b, []Rate{{limit, day}}, coarse)
}

// slotted spells the rate for the scripts. The window is part of the series, so
// that after a change of configuration old slots are not read as new ones.
func (r Rate) slotted(series string, slots int) rate {
	ms := r.Window.Milliseconds()
	n := int64(slots)
	return rate{Series: fmt.Sprint(series, ms), Limit: r.Limit, Size: (ms + n - 1) / n, Slots: slots}
}
