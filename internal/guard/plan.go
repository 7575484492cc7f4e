package guard

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"user-api/internal/address"
)

// What a limit counts: the field limit of a refusal.
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
	// prefix begins the buckets that all or very many share, see tag.go.
	prefix = "ua:guard:{" + sharedTag + "}:"

	// A window is told apart in so many slots: finer where one person waits,
	// coarser where many do.
	fine, coarse = 60, 12

	day = 24 * time.Hour
)

type (
	// Class names a limit.
	Class string

	// Send is a message that is asked for.
	Send struct {
		Address address.Address
		// Channel is how it is to go; empty means as the one before, which is not known.
		Channel string
		Client  netip.Addr
		// UserID is the signed-in user who asks; 0 for anybody else.
		UserID int64
		// Holder says that somebody has the address, which from a known network opens
		// what is kept for these. A resend leaves it out: its challenge knows.
		Holder bool
		// Captcha says that a captcha was solved.
		Captcha bool
	}

	// Plan is what one request is charged to, as the scripts read it.
	Plan struct {
		Buckets    []bucket     `json:"buckets"`
		Conversion []conversion `json:"conversion"`
		// Captcha says that one can be asked for, and Solved that it was answered.
		Captcha bool `json:"captcha"`
		Solved  bool `json:"solved"`
		Holder  bool `json:"holder"`
		// Look says that nothing is charged yet: the script of a send only judges.
		Look bool `json:"look,omitempty"`

		// self is where a refusal is remembered that is of this address and network;
		// network is what a process counts by that is without Redis.
		self, network string
		// kept is how many buckets, the last ones, are not given back.
		kept int
	}

	bucket struct {
		Key   string `json:"key"`
		Rates []rate `json:"rates"`

		// lasting says that nothing but time ends a refusal: no charge of it is ever
		// taken back, and it is the same for everybody.
		lasting bool
	}

	rate struct {
		Class  Class  `json:"class"`
		Scope  string `json:"scope,omitempty"`
		Series string `json:"series"`
		Amount int64  `json:"amount"`
		// Limit is for everybody. From Soft on a captcha is asked for; Most is for known
		// networks. 0 is none of these.
		Limit int64 `json:"limit"`
		Soft  int64 `json:"soft,omitempty"`
		Most  int64 `json:"most,omitempty"`
		Size  int64 `json:"size"`
		Slots int   `json:"slots"`
		// Own is a limit of the address, Alert one to warn of.
		Own   bool `json:"own,omitempty"`
		Alert bool `json:"alert,omitempty"`
	}
)

// ForSend is the plan of a message.
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
	g.forClient(&p, Client, g.Sends, s.Client, func(width string) string { return g.keyAt(g.clientTag(s.Client), "client", width) })
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

// ForVerify is the plan of a code that is wrong.
func (g *Guard) ForVerify(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Verify, g.Policy.Verify, client, func(width string) string { return g.keyAt(g.clientTag(client), "verify", width) })
	return p
}

// ForSecond is the plan of a second factor that is wrong.
func (g *Guard) ForSecond(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Verify, g.Policy.Verify, client, func(width string) string { return g.spread("second", client, width) })
	for i := range p.Buckets {
		p.Buckets[i].lasting = false // a right one takes its charge back
	}
	return p
}

// ForPassword is the plan of a sign-in that fails: to an account, or a name that is
// nobody's, from a network, so that no stranger can keep the owner out. That it was
// tried stays counted when it did not fail.
func (g *Guard) ForPassword(name string, client netip.Addr) Plan {
	p := newPlan(client)
	if g.Enabled {
		p.add(bucket{Key: g.spread("account", client, Network(client), name)}, rate{Class: Password}.each(g.Account, fine))
	}
	g.forClient(&p, Password, g.Policy.Password, client, func(width string) string { return g.spread("password", client, width) })
	for i := range p.Buckets {
		p.Buckets[i].lasting = false // a right password takes its charge back
	}
	failures := len(p.Buckets)
	g.forClient(&p, Password, g.Attempts, client, func(width string) string { return g.spread("attempts", client, width) })
	p.kept = len(p.Buckets) - failures
	return p
}

// ForSocial is the plan of a proof of another site that does not hold. That it was tried
// stays counted when it does.
func (g *Guard) ForSocial(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Password, g.Policy.Password, client, func(width string) string { return g.spread("social", client, width) })
	for i := range p.Buckets {
		p.Buckets[i].lasting = false // one that holds takes its charge back
	}
	failures := len(p.Buckets)
	g.forClient(&p, Password, g.Attempts, client, func(width string) string { return g.spread("attempts", client, width) })
	p.kept = len(p.Buckets) - failures
	return p
}

// ForRefresh is the plan of a refresh.
func (g *Guard) ForRefresh(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Refresh, g.Policy.Refresh, client, func(width string) string { return g.spread("refresh", client, width) })
	return p
}

// ForRegister is the plan of a registration.
func (g *Guard) ForRegister(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Register, g.Policy.Register, client, func(width string) string { return g.spread("register", client, width) })
	return p
}

// ForCaptcha is the plan of a token that the captcha's provider is asked about.
func (g *Guard) ForCaptcha(client netip.Addr) Plan {
	p := newPlan(client)
	g.forClient(&p, Captcha, g.Captchas, client, func(width string) string { return g.spread("captcha", client, width) })
	for i := range p.Buckets {
		p.Buckets[i].lasting = false // a good token takes its charge back
	}
	return p
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

// key is a key that all or very many share, as the scripts read it: of two names while
// their secret is changed.
func (g *Guard) key(name string, parts ...string) string { return g.keyAt(sharedTag, name, parts...) }

// keyAt is key for what has another hash tag.
func (g *Guard) keyAt(tag, name string, parts ...string) string {
	return g.Ring.Name(append([]string{"guard", name}, parts...)...).Prefixed("ua:guard:{" + tag + "}:" + name + ":").Text()
}

// spread is key for what has nothing to do with a challenge: the client's provider
// leads to the hash tag, so that a cluster shares the load and one script still
// counts a client in all its networks.
func (g *Guard) spread(name string, client netip.Addr, parts ...string) string {
	return g.keyAt(tag(provider(client)), name, parts...)
}

// newPlan has lists and no nulls, which a script could not walk.
func newPlan(client netip.Addr) Plan {
	return Plan{Buckets: []bucket{}, Conversion: []conversion{}, network: Network(client)}
}

func (p *Plan) add(b bucket, rates []rate) {
	if len(rates) > 0 {
		b.Rates = rates
		p.Buckets = append(p.Buckets, b)
	}
}

// each is the rate once for each limit.
func (r rate) each(limits []Rate, slots int) []rate {
	var list []rate
	for _, l := range limits {
		list = append(list, r.over(l, slots))
	}
	return list
}

// over spells a limit for the scripts; the amount is 1 if none is given. The window
// is part of the series, so that after a change of configuration old slots are not
// read as new ones.
func (r rate) over(l Rate, slots int) rate {
	ms := l.Window.Milliseconds()
	n := int64(slots)
	if r.Series == "" {
		r.Series, r.Amount = "n", 1
	}
	r.Series, r.Limit, r.Size, r.Slots = fmt.Sprint(r.Series, ms), l.Limit, (ms+n-1)/n, slots
	return r
}
