package guard

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// codeLife is longer than the life of any code. A later use belongs to another code.
const codeLife = 15 * time.Minute

type (
	// Sent is a past event: a code that was sent to a number, or used.
	Sent struct {
		At time.Time
		// Challenge links the use to the send.
		Challenge string
		// Address, Block and Country belong to the number, in any spelling. An empty Block is
		// unknown and not judged.
		Address, Block, Country string
		// Network is that of the requester, IPv4 /24 or IPv6 /48; all unknown ones are one. A
		// use belongs to the network of its request.
		Network string
		Used    bool
	}

	// Past configures Replay.
	Past struct {
		// Rule is applied as Enforce, whatever its Mode.
		Rule Converting
		// From is the start of the report. Earlier events only fill the windows, which takes
		// a Rule's Window and a slot.
		From time.Time
		// Price returns the price of an SMS to a country, in micro-USD.
		Price func(country string) int64
	}

	// Verdict is the result for one scope.
	Verdict struct {
		// Country is the scope, or contains the Block that is.
		Country, Block string
		// Sent and Used are numbers of messages; the rule judges networks.
		Sent, Used int
		// Stopped is the number of sends that would have been refused. Affected is the number
		// of people who did use one of those codes.
		Stopped, Affected int
		// First is the first send that would have been refused.
		First time.Time
	}

	// Verdicts lists countries and blocks, those with the most refusals first: all countries,
	// then the blocks with refusals. A block without events for a window starts over.
	Verdicts struct {
		Scopes []Verdict
		// Sent, Stopped and Affected count each message and each person once.
		Sent, Stopped, Affected int
		// Saved is the price of the refused messages, in micro-USD.
		Saved int64
	}

	replay struct {
		Past
		scopes map[scope]*scoped
		// life is the life of a bucket, size that of a slot, and window how long a network
		// counts once, in ms.
		life, size, window int64
		// A challenge is in young, then in old, then dropped.
		young, old map[string]judged
		rotated    time.Time
		affected   map[string]bool
		total      Verdicts
	}

	scope struct{ country, block string }

	scoped struct {
		Verdict
		affected map[string]bool
		counted
		// asked and used hold until when a network is counted, in ms. wide holds the /32s of
		// IPv6 networks.
		asked, used map[string]int64
		wide        map[string]*counted
	}

	// judged is the result for the last send of a challenge. by holds the scopes that would
	// have stopped it.
	judged struct {
		by      []*scoped
		network string
		report  bool
	}
)

// Replay runs past events, ordered by time, through the rule of the conversion guard, and
// returns what it would have refused, and to whom. As in production, a refused send and the
// use of its code are not counted. It holds in memory what counts in a window, and the
// affected people.
func Replay(p Past, steps iter.Seq[Sent]) Verdicts {
	size := rate{}.over(Rate{Window: p.Rule.Window}, coarse).Size
	r := &replay{
		Past: p, scopes: map[scope]*scoped{}, size: size, life: (coarse + 1) * size, window: coarse * size,
		young: map[string]judged{}, affected: map[string]bool{},
	}
	var now time.Time // the clocks of nodes differ a little; time must not go backwards
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

// age drops what is no longer needed.
func (r *replay) age(at time.Time) {
	if at.Before(r.rotated) {
		return
	}
	r.old, r.young, r.rotated = r.young, map[string]judged{}, at.Add(codeLife)
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
	r.affected[step.Address] = true
	for _, s := range was.by {
		s.affected[step.Address] = true
	}
}

// count counts the network of a send unless it is counted already; the function sent of
// lua/conversion.lua.
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

// widened returns the provider's network of an IPv6 network.
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

// of returns the scopes of a step.
func (r *replay) of(step Sent) []*scoped {
	keys := []scope{{step.Country, step.Block}, {step.Country, ""}}
	if step.Block == "" {
		keys = keys[1:]
	}
	list := make([]*scoped, len(keys))
	for i, key := range keys {
		if r.scopes[key] == nil {
			r.scopes[key] = &scoped{
				Verdict: Verdict{Country: key.country, Block: key.block}, affected: map[string]bool{},
				asked: map[string]int64{}, used: map[string]int64{}, wide: map[string]*counted{},
			}
		}
		list[i] = r.scopes[key]
	}
	return list
}

func (r *replay) verdicts() Verdicts {
	for key, s := range r.scopes {
		if s.Affected = len(s.affected); s.Sent > 0 && (key.block == "" || s.Stopped > 0) {
			r.total.Scopes = append(r.total.Scopes, s.Verdict)
		}
	}
	r.total.Affected = len(r.affected)
	slices.SortFunc(r.total.Scopes, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(min(len(a.Block), 1), min(len(b.Block), 1)), b.Stopped-a.Stopped, b.Sent-a.Sent,
			cmp.Compare(a.Country, b.Country), cmp.Compare(a.Block, b.Block))
	})
	return r.total
}
