package guard

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// codeLife is longer than any code lives; a use that comes later is of another.
const codeLife = 15 * time.Minute

type (
	// Sent is a step of the past: a code that was sent to a number, or used.
	Sent struct {
		At time.Time
		// Challenge joins what was used with what was sent.
		Challenge string
		// Address, Block and Country are those of the number, in any spelling; an
		// empty Block is not known, and not judged.
		Address, Block, Country string
		// Network is whence it was asked for, IPv4 /24 or IPv6 /48; all that are not
		// known are one. A use is of the network that asked.
		Network string
		Used    bool
	}

	// Past is what Replay goes by.
	Past struct {
		// Rule is applied as Enforce, whatever its Mode.
		Rule Converting
		// From is where the report begins. What is earlier only fills the windows,
		// which takes a Rule's Window and a slot.
		From time.Time
		// Price is what an SMS to a country costs, in micro-USD.
		Price func(country string) int64
	}

	// Verdict is what would have become of one scope.
	Verdict struct {
		// Country is the scope, or where the Block is that is.
		Country, Block string
		// Sent and Used are messages; what is judged are networks.
		Sent, Used int
		// Stopped are sends that would have been refused. Hurt are the people who did
		// use the code of one, each once.
		Stopped, Hurt int
		// First is the first that would have been refused.
		First time.Time
	}

	// Verdicts are a country and block each, in the order of the most that is
	// stopped: countries first, all of them, and of the blocks those that would have
	// been stopped. A block that was silent for a window begins anew.
	Verdicts struct {
		Scopes []Verdict
		// Sent, Stopped and Hurt count each message and each person once.
		Sent, Stopped, Hurt int
		// Saved is what the refused messages cost, in micro-USD.
		Saved int64
	}

	replay struct {
		Past
		scopes map[scope]*scoped
		// life is how long a bucket lives, size how long a slot is, and window how long
		// a network counts once, in ms.
		life, size, window int64
		// A challenge is in young, then in old, then forgotten.
		young, old map[string]judged
		turn       time.Time
		hurt       map[string]bool
		total      Verdicts
	}

	scope struct{ country, block string }

	scoped struct {
		Verdict
		hurt map[string]bool
		counted
		// asked and used are until when a network counts no more, in ms; wide are the
		// /32s that networks of IPv6 are in.
		asked, used map[string]int64
		wide        map[string]*counted
	}

	// judged is what the last send of a challenge met. by are the scopes that would
	// have stopped it.
	judged struct {
		by      []*scoped
		network string
		report  bool
	}
)

// Replay sends the past once more, in the order of time, through the rule of the
// conversion guard, and tells what that would have refused, and whom. What is
// refused is not counted, and neither is the use of its code, as in service. It
// holds what counts in a window, and whoever is hurt.
func Replay(p Past, steps iter.Seq[Sent]) Verdicts {
	size := rate{}.over(Rate{Window: p.Rule.Window}, coarse).Size
	r := &replay{
		Past: p, scopes: map[scope]*scoped{}, size: size, life: (coarse + 1) * size, window: coarse * size,
		young: map[string]judged{}, hurt: map[string]bool{},
	}
	var now time.Time // nodes' clocks differ a little, and time goes forward
	for step := range steps {
		if step.At.Before(now) {
			step.At = now
		}
		now = step.At
		r.age(now)
		if step.Used {
			r.use(step)
		} else {
			r.send(step)
		}
	}
	return r.verdicts()
}

// age forgets what can matter no more.
func (r *replay) age(at time.Time) {
	if at.Before(r.turn) {
		return
	}
	r.old, r.young, r.turn = r.young, map[string]judged{}, at.Add(codeLife)
	ms := at.UnixMilli()
	for key, s := range r.scopes {
		if key.block != "" && s.Stopped == 0 && ms-s.last >= r.life {
			delete(r.scopes, key)
			continue
		}
		for _, marks := range []map[string]int64{s.asked, s.used} {
			maps.DeleteFunc(marks, func(_ string, until int64) bool { return until <= ms })
		}
		maps.DeleteFunc(s.wide, func(_ string, c *counted) bool { return ms-c.last >= r.life })
	}
}

func (r *replay) send(step Sent) {
	scopes := r.of(step)
	var by []*scoped
	for _, s := range scopes {
		if s.starved(r.slot(&s.counted, step.At), r.Rule) {
			by = append(by, s)
		}
	}
	now := judged{by, step.Network, !step.At.Before(r.From)}
	if was, again := r.known(step.Challenge); again {
		now.network = was.network
	}
	r.young[step.Challenge] = now
	if len(by) == 0 {
		for _, s := range scopes {
			r.count(s, step)
		}
	}
	if !now.report {
		return
	}
	r.total.Sent++
	for _, s := range scopes {
		s.Sent++
	}
	for _, s := range by {
		s.Stopped++
		if s.First.IsZero() {
			s.First = step.At
		}
	}
	if len(by) > 0 {
		r.total.Stopped++
		r.total.Saved += r.Price(step.Country)
	}
}

func (r *replay) use(step Sent) {
	was, _ := r.known(step.Challenge)
	scopes, report := r.of(step), !step.At.Before(r.From)
	ms := step.At.UnixMilli()
	for _, s := range scopes {
		if len(was.by) == 0 && s.asked[was.network] > ms && s.used[was.network] <= ms {
			s.used[was.network] = ms + r.window
			s.finders.add(r.touch(&s.counted, step.At))
		}
		if report {
			s.Used++
		}
	}
	if !was.report || len(was.by) == 0 {
		return
	}
	r.hurt[step.Address] = true
	for _, s := range was.by {
		s.hurt[step.Address] = true
	}
}

// count counts the network of a send, if it does not yet count; the function sent
// of lua/conversion.lua.
func (r *replay) count(s *scoped, step Sent) {
	ms := step.At.UnixMilli()
	if s.asked[step.Network] > ms {
		return
	}
	if wide, ok := widened(step.Network); ok {
		if s.wide[wide] == nil {
			s.wide[wide] = &counted{}
		}
		c := s.wide[wide]
		if c.senders.live(r.slot(c, step.At)) >= r.Rule.perProvider() {
			return
		}
		c.senders.add(r.touch(c, step.At))
	}
	s.asked[step.Network] = ms + r.window
	s.senders.add(r.touch(&s.counted, step.At))
}

// widened is the provider's network that one of IPv6 is in.
func widened(network string) (string, bool) {
	p, err := netip.ParsePrefix(network)
	if err != nil || !p.Addr().Is6() {
		return "", false
	}
	return provider(p.Addr()), true
}

func (r *replay) known(challenge string) (judged, bool) {
	if was, ok := r.young[challenge]; ok {
		return was, true
	}
	was, ok := r.old[challenge]
	return was, ok
}

// of are the scopes of a step.
func (r *replay) of(step Sent) []*scoped {
	keys := []scope{{step.Country, step.Block}, {step.Country, ""}}
	if step.Block == "" {
		keys = keys[1:]
	}
	list := make([]*scoped, len(keys))
	for i, key := range keys {
		if r.scopes[key] == nil {
			r.scopes[key] = &scoped{
				Verdict: Verdict{Country: key.country, Block: key.block}, hurt: map[string]bool{},
				asked: map[string]int64{}, used: map[string]int64{}, wide: map[string]*counted{},
			}
		}
		list[i] = r.scopes[key]
	}
	return list
}

func (r *replay) verdicts() Verdicts {
	for key, s := range r.scopes {
		if s.Hurt = len(s.hurt); s.Sent > 0 && (key.block == "" || s.Stopped > 0) {
			r.total.Scopes = append(r.total.Scopes, s.Verdict)
		}
	}
	r.total.Hurt = len(r.hurt)
	slices.SortFunc(r.total.Scopes, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(min(len(a.Block), 1), min(len(b.Block), 1)), b.Stopped-a.Stopped, b.Sent-a.Sent,
			cmp.Compare(a.Country, b.Country), cmp.Compare(a.Block, b.Block))
	})
	return r.total
}
