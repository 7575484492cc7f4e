package guard

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"user-api/internal/address"
)

// The classes of limits: the field limit of a refusal.
const (
	AnAccount  Class = "account"
	Act        Class = "act"
	Address    Class = "address"
	Avatar     Class = "avatar"
	Block      Class = "block"
	Budget     Class = "budget"
	Captcha    Class = "captcha"
	Client     Class = "client"
	Conversion Class = "conversion"
	Cooldown   Class = "cooldown"
	Country    Class = "country"
	Global     Class = "global"
	Locked     Class = "locked"
	Lookup     Class = "lookup"
	Machine    Class = "machine"
	Mails      Class = "mails"
	Notices    Class = "notices"
	Password   Class = "password"
	Refresh    Class = "refresh"
	Refused    Class = "refused"
	Register   Class = "register"
	Rename     Class = "rename"
	Verify     Class = "verify"
)

const (
	// prefix begins the keys of buckets that all or very many requests share, see tag.go.
	prefix = "ua:guard:{" + sharedTag + "}:"

	// The number of slots of a window: more if one person waits for it, fewer if many do.
	fine, coarse = 60, 12

	day = 24 * time.Hour
)

type (
	// Class names a limit.
	Class string

	// Send is a requested message.
	Send struct {
		Address address.Address
		// Channel is the requested channel; empty means the previous one, which is unknown.
		Channel string
		Client  netip.Addr
		// UserID is the signed-in user who requests it, or 0.
		UserID int64
		// Holder reports whether the address belongs to a user, which makes the reserved part
		// of limits available to known networks. A resend leaves it out: its challenge knows.
		Holder bool
		// Captcha reports whether a captcha was solved.
		Captcha bool
	}

	// Plan is what one request is charged to, as the scripts read it.
	Plan struct {
		Buckets    []bucket     `json:"buckets"`
		Conversion []conversion `json:"conversion"`
		// Captcha reports whether a captcha can be required, Solved whether one was solved.
		Captcha bool `json:"captcha"`
		Solved  bool `json:"solved"`
		Holder  bool `json:"holder"`
		// Look makes the script of a send judge without charging.
		Look bool `json:"look,omitempty"`

		// self is the cache key of a refusal that applies to this address and network only.
		// network is what a process without Redis counts by.
		self, network string
		// kept is the number of buckets, at the end, that are not refunded.
		kept int
	}

	bucket struct {
		Key   string `json:"key"`
		Rates []rate `json:"rates"`

		// lasting says that only time ends a refusal: no charge is ever refunded, and the
		// limit is the same for everybody.
		lasting bool
	}

	rate struct {
		Class  Class  `json:"class"`
		Scope  string `json:"scope,omitempty"`
		Series string `json:"series"`
		Amount int64  `json:"amount"`
		// Limit applies to everybody. From Soft on a captcha is required. Most applies to
		// known networks. 0 means none.
		Limit int64 `json:"limit"`
		Soft  int64 `json:"soft,omitempty"`
		Most  int64 `json:"most,omitempty"`
		Size  int64 `json:"size"`
		Slots int   `json:"slots"`
		// Own marks a limit of the address, Alert one that raises alerts.
		Own   bool `json:"own,omitempty"`
		Alert bool `json:"alert,omitempty"`
	}
)

// ForSend returns the plan of a message.
func (g *Guard) ForSend(s Send) Plan {
	p := newPlan(s.Client)
	p.Captcha, p.Solved, p.Holder = g.Captcha && !s.Captcha, g.Captcha && s.Captcha, s.Holder
	to := s.Address.Counted()
	p.self = g.key("self", to, p.network)
	if !g.Enabled {
		return p
	}
	own, isPhone := g.Email, s.Address.Kind() == address.KindPhone
	price := int64(0)
	if isPhone {
		own, price = g.Address, g.Price(s.Channel, s.Address.Region())
	}
	g.forAddress(&p, own, s.Address, s.Client)
	g.forClient(&p, Client, g.Sends, s.Client, g.clientTag(s.Client), "client")
	if s.UserID != 0 && !isPhone {
		id := strconv.FormatInt(s.UserID, 10)
		p.add(bucket{Key: g.keyAt(g.userTag(id), "mails", id)}, rate{Class: Mails}.each(g.Mails, fine))
	}
	g.forAll(&p, price, s.Client)
	if isPhone {
		g.forPhone(&p, s.Address, price, s.Client)
	}
	return p
}

// ForVerify returns the plan of a wrong code.
func (g *Guard) ForVerify(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Verify, g.Policy.Verify, client, g.clientTag(client), "verify")
	return p
}

// ForSecond returns the plan of a wrong second factor.
func (g *Guard) ForSecond(client netip.Addr) Plan {
	return g.perClient(Verify, g.Policy.Verify, client, "second").refundable()
}

// ForPassword returns the plan of a failed sign-in to an account, or to an identifier without
// one. It is counted per network, so no stranger can lock out the owner.
func (g *Guard) ForPassword(name string, client netip.Addr) Plan {
	p := newPlan(client)
	if g.Enabled {
		p.add(bucket{Key: g.spread("account", client, Network(client), name)}, rate{Class: Password}.each(g.Account, fine))
	}
	p.Buckets = append(p.Buckets, g.perClient(Password, g.Policy.Password, client, "password").Buckets...)
	return g.withAttempts(p.refundable(), client)
}

// ForSocial returns the plan of an invalid proof of a social sign-in.
func (g *Guard) ForSocial(client netip.Addr) Plan {
	return g.withAttempts(g.perClient(Password, g.Policy.Password, client, "social").refundable(), client)
}

// withAttempts adds the limit of all attempts to sign in, which stay counted after a success.
func (g *Guard) withAttempts(p Plan, client netip.Addr) Plan {
	attempts := g.perClient(Password, g.Attempts, client, "attempts").Buckets
	p.Buckets, p.kept = append(p.Buckets, attempts...), len(attempts)
	return p
}

// ForRefresh returns the plan of a refresh.
func (g *Guard) ForRefresh(client netip.Addr) Plan {
	return g.perClient(Refresh, g.Policy.Refresh, client, "refresh")
}

// ForRegister returns the plan of a registration.
func (g *Guard) ForRegister(client netip.Addr) Plan {
	return g.perClient(Register, g.Policy.Register, client, "register")
}

// ForCaptcha returns the plan of a token that is verified with the captcha's provider.
func (g *Guard) ForCaptcha(client netip.Addr) Plan {
	return g.perClient(Captcha, g.Captchas, client, "captcha").refundable()
}

// Encode returns the plan as a script takes it.
func (p Plan) Encode() string {
	text, _ := json.Marshal(p) // strings and numbers cannot fail
	return string(text)
}

// Conversions encodes the plan's conversions, for the script that later uses the code.
func (p Plan) Conversions() string {
	text, _ := json.Marshal(p.Conversion)
	return string(text)
}

// key returns a key in the shared slot, as the scripts read it: a text of two names while
// their secret is rotated.
func (g *Guard) key(name string, parts ...string) string { return g.keyAt(sharedTag, name, parts...) }

// keyAt is key with another hash tag.
func (g *Guard) keyAt(tag, name string, parts ...string) string {
	return g.Ring.Name(append([]string{"guard", name}, parts...)...).Prefixed("ua:guard:{" + tag + "}:" + name + ":").Text()
}

// spread is key for limits that are independent of challenges. The client's provider selects
// the hash tag, so a cluster shares the load and one script still counts a client in all its
// networks.
func (g *Guard) spread(name string, client netip.Addr, parts ...string) string {
	return g.keyAt(tag(provider(client)), name, parts...)
}

// newPlan returns a plan with empty lists instead of nulls, which scripts cannot iterate.
func newPlan(client netip.Addr) Plan {
	return Plan{Buckets: []bucket{}, Conversion: []conversion{}, network: Network(client)}
}

func (p *Plan) add(b bucket, rates []rate) {
	if len(rates) > 0 {
		b.Rates = rates
		p.Buckets = append(p.Buckets, b)
	}
}

// each returns the rate once for each limit.
func (r rate) each(limits []Rate, slots int) []rate {
	var list []rate
	for _, l := range limits {
		list = append(list, r.over(l, slots))
	}
	return list
}

// over converts a limit for the scripts. The amount is 1 if none is given. The window is part
// of the series, so that a change of configuration does not misread old slots.
func (r rate) over(l Rate, slots int) rate {
	ms := l.Window.Milliseconds()
	n := int64(slots)
	if r.Series == "" {
		r.Series, r.Amount = "n", 1
	}
	r.Series, r.Limit, r.Size, r.Slots = fmt.Sprint(r.Series, ms), l.Limit, (ms+n-1)/n, slots
	return r
}
