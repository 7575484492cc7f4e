package guard

import (
	"cmp"
	"iter"
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
		Used                    bool
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
		Sent, Used     int
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
		// life is how long a bucket lives, size how long a slot is, in ms.
		life, size int64
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
		// born is when the bucket began, last when it was last counted in, in ms.
		born, last int64
		sent, used series
	}

	// series are the slots of a window and the one under way.
	series [coarse + 1]struct{ slot, n int64 }

	// judged is what the last send of a challenge met. by are the scopes that would
	// have stopped it.
	judged struct {
		by     []*scoped
		report bool
	}
)

// Replay sends the past once more, in the order of time, through the rule of the
// conversion guard, and tells what that would have refused, and whom. What is
// refused is not counted, and neither is the use of its code, as in service. It
// holds what counts in a window, and whoever is hurt.
func Replay(p Past, steps iter.Seq[Sent]) Verdicts {
	size := Rate{Window: p.Rule.Window}.slotted("", coarse).Size
	r := &replay{
		Past: p, scopes: map[scope]*scoped{}, size: size, life: (coarse + 1) * size,
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
	for key, s := range r.scopes {
		if key.block != "" && s.Stopped == 0 && at.UnixMilli()-s.last >= r.life {
			delete(r.scopes, key)
		}
	}
}

func (r *replay) send(step Sent) {
	scopes := r.of(step)
	var by []*scoped
	for _, s := range scopes {
		if s.starved(r.slot(s, step.At), r.Rule) {
			by = append(by, s)
		}
	}
	report := !step.At.Before(r.From)
	r.young[step.Challenge] = judged{by, report}
	if len(by) == 0 {
		for _, s := range scopes {
			s.sent.add(r.count(s, step.At))
		}
	}
	if !report {
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
	was, known := r.young[step.Challenge]
	if !known {
		was = r.old[step.Challenge]
	}
	scopes, report := r.of(step), !step.At.Before(r.From)
	for _, s := range scopes {
		if len(was.by) == 0 {
			s.used.add(r.count(s, step.At))
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
		if s.hurt == nil {
			s.hurt = map[string]bool{}
		}
		s.hurt[step.Address] = true
	}
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
			r.scopes[key] = &scoped{Verdict: Verdict{Country: key.country, Block: key.block}}
		}
		list[i] = r.scopes[key]
	}
	return list
}

// slot is that of a moment in the life of the scope's bucket, which may have ended.
func (r *replay) slot(s *scoped, at time.Time) int64 {
	ms := at.UnixMilli()
	if ms-s.last >= r.life {
		s.born, s.sent, s.used = ms, series{}, series{}
	}
	return (ms - s.born) / r.size
}

// count is slot, and begins or renews the bucket's life.
func (r *replay) count(s *scoped, at time.Time) int64 {
	slot := r.slot(s, at)
	s.last = at.UnixMilli()
	return slot
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

// starved is the function of that name in lua/buckets.lua.
func (s *scoped) starved(now int64, rule Converting) bool {
	sent := s.sent.live(now)
	return sent >= rule.MinSent && s.used.live(now)*100 < sent*rule.MinPercent
}

func (s *series) add(now int64) {
	cell := &s[now%int64(len(s))]
	if cell.slot != now {
		cell.slot, cell.n = now, 0
	}
	cell.n++
}

func (s *series) live(now int64) (total int64) {
	for _, cell := range s {
		if cell.slot >= now-coarse {
			total += cell.n
		}
	}
	return total
}
