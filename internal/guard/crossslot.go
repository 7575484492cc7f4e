package guard

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/redisscript"
)

const (
	// markLife is how long a charge or a rollback is remembered. A rollback after that has
	// no effect.
	markLife = 5 * time.Minute
	// A key of marksPerKey marks has 4 KiB, so the requests of minutes need few keys that
	// have to move with a slot.
	marksPerKey = 8192
)

var (
	//go:embed lua/part.lua
	partLua string
	//go:embed lua/unpart.lua
	unpartLua string
	//go:embed lua/used.lua
	usedLua string

	partScript   = redis.NewScript(Lua() + partLua)
	unpartScript = redis.NewScript(Lua() + unpartLua)
	usedScript   = redis.NewScript(Lua() + usedLua)

	errReplies   = errors.New("guard: a script returned the wrong number of replies")
	errTakenBack = errors.New("guard: a charge was rolled back before it was made")
)

type (
	// Part is the part of a plan that is in one slot. It is charged at most once.
	Part struct {
		plan Plan
		tag  string
		// marks is the key of its mark, number the index in it.
		marks  string
		number uint64
	}

	// Marks numbers the charges of one process. It is safe for concurrent use.
	Marks struct {
		process string
		mu      sync.Mutex
		next    map[string]uint64 // by tag
	}

	// charge is the input of part.lua, use that of used.lua.
	charge struct {
		marks        string
		number       uint64
		plan         string
		known, force bool
	}
	use struct{ key, conversion string }

	// Charged is the result of charging parts: a refusal and the bucket that refuses, a
	// captcha to solve, or the arguments of Granted.
	Charged struct {
		Class          Class
		Wait           time.Duration
		Bucket         string
		Captcha        bool
		Alerts, Shadow []any
	}
)

// NewMarks numbers the charges of a process, whose name must be unique.
func NewMarks(process string) *Marks { return &Marks{process: process, next: map[string]uint64{}} }

// NoPlan returns a plan that charges nothing.
func NoPlan() Plan { return newPlan(netip.Addr{}) }

// Split splits a plan into the part in the slot of key, for the script that decides there, and
// the parts in other slots. The narrowest come first, so that what is refused to a client is
// never charged to everybody, not even briefly.
func (m *Marks) Split(p Plan, key string) (own Plan, others []Part) {
	tag := tagOf(key)
	own = p
	own.Buckets, own.Conversion = []bucket{}, []conversion{}
	part := func(key string) *Plan {
		of := tagOf(key)
		if of == tag {
			return &own
		}
		for i := range others {
			if others[i].tag == of {
				return &others[i].plan
			}
		}
		others = append(others, Part{plan: Plan{Buckets: []bucket{}, Conversion: []conversion{}, Captcha: p.Captcha, Solved: p.Solved}, tag: of})
		return &others[len(others)-1].plan
	}
	for _, b := range p.Buckets {
		one := part(b.Key)
		one.Buckets = append(one.Buckets, b)
	}
	for _, c := range p.Conversion {
		one := part(c.slotKey())
		one.Conversion = append(one.Conversion, c)
	}
	slices.SortStableFunc(others, func(a, b Part) int { return cmp.Compare(a.breadth(), b.breadth()) })
	for i := range others {
		m.name(&others[i])
	}
	return own, others
}

func (m *Marks) name(p *Part) {
	m.mu.Lock()
	n := m.next[p.tag]
	m.next[p.tag]++
	m.mu.Unlock()
	p.marks = fmt.Sprintf("ua:guard:{%s}:marks:%s:%d", p.tag, m.process, n/marksPerKey)
	p.number = n % marksPerKey
}

// breadth orders parts: 1 for the slot shared by all, otherwise 0.
func (p Part) breadth() int {
	if p.tag == sharedTag {
		return 1
	}
	return 0
}

// slotKey returns a key in the slot of a conversion.
func (c conversion) slotKey() string {
	if c.Key != "" {
		return c.Key
	}
	return c.Nets[0].Key
}

// ChargeParts charges all parts, or none if one refuses or requires a captcha. known says that
// the request is from a known network. With force nothing refuses. It fails with
// apperr.Unavailable; some parts may then be charged, and the caller must call TakeBackParts.
func (g *Guard) ChargeParts(ctx context.Context, parts []Part, known, force bool) (Charged, error) {
	all, counted := Charged{}, true
	for i, p := range parts {
		if !counted { // the previous part has counted its network before
			p.plan.Conversion = slices.Clone(p.plan.Conversion)
			for j := range p.plan.Conversion {
				p.plan.Conversion[j].Idle = true
			}
		}
		reply, err := g.chargePart(ctx, charge{p.marks, p.number, p.plan.Encode(), known, force}, p.tag)
		if err != nil {
			return all, apperr.Down(err)
		}
		if len(reply) < 6 {
			return all, apperr.Down(errTakenBack)
		}
		if class := Class(text(reply[0])); class != "" {
			ms, _ := reply[1].(int64)
			all.Class, all.Wait, all.Bucket = class, time.Duration(ms)*time.Millisecond, text(reply[2])
			all.Captcha = class == Captcha
			return all, g.TakeBackParts(ctx, parts[:i])
		}
		if len(p.plan.Conversion) > 0 {
			counted = text(reply[3]) == "1"
		}
		alerts, _ := reply[4].([]any)
		shadow, _ := reply[5].([]any)
		all.Alerts, all.Shadow = append(all.Alerts, alerts...), append(all.Shadow, shadow...)
	}
	return all, nil
}

// TakeBackParts rolls back the charge of parts, even one that arrives later. It fails with
// apperr.Unavailable and is idempotent.
func (g *Guard) TakeBackParts(ctx context.Context, parts []Part) error {
	for _, p := range parts {
		if _, err := redisscript.Run(ctx, g.Redis, unpartScript, []string{p.marks}, p.number, markLife.Milliseconds(), p.plan.Encode()); err != nil {
			return apperr.Down(err)
		}
	}
	return nil
}

// Conversions encodes the conversions of parts, for Used.
func Conversions(parts []Part) string {
	list := []conversion{}
	for _, p := range parts {
		list = append(list, p.plan.Conversion...)
	}
	text, _ := json.Marshal(list) // strings and numbers cannot fail
	return string(text)
}

// Used counts the use of a code in the conversions of its challenge that are in other slots.
// It fails with apperr.Unavailable.
func (g *Guard) Used(ctx context.Context, conversions string) error {
	var list []conversion
	if conversions == "" || json.Unmarshal([]byte(conversions), &list) != nil {
		return nil
	}
	for _, c := range list {
		one, _ := json.Marshal(c)
		counted, err := g.count(ctx, use{c.slotKey(), string(one)})
		if err != nil {
			return apperr.Down(err)
		}
		if !counted {
			return nil // counted before
		}
	}
	return nil
}

// chargePart charges a part, in a batch with others if it is in the shared slot.
func (g *Guard) chargePart(ctx context.Context, c charge, tag string) ([]any, error) {
	if tag == sharedTag {
		return g.charges.ask(ctx, c)
	}
	replies, err := g.chargeAll(ctx, []charge{c})
	if err != nil {
		return nil, err
	}
	return replies[0], nil
}

// chargeAll charges parts of one slot.
func (g *Guard) chargeAll(ctx context.Context, all []charge) ([][]any, error) {
	keys, args := make([]string, len(all)), []any{markLife.Milliseconds()}
	for i, c := range all {
		keys[i] = c.marks
		args = append(args, c.number, c.plan, c.known, c.force)
	}
	list, err := redisscript.Run(ctx, g.Redis, partScript, keys, args...)
	if err != nil {
		return nil, err
	}
	if len(list) != len(all) {
		return nil, errReplies
	}
	replies := make([][]any, len(all))
	for i, one := range list {
		replies[i], _ = one.([]any)
	}
	return replies, nil
}

// count counts a use, in a batch with others if it is in the shared slot.
func (g *Guard) count(ctx context.Context, u use) (bool, error) {
	if tagOf(u.key) == sharedTag {
		return g.uses.ask(ctx, u)
	}
	counted, err := g.countAll(ctx, []use{u})
	if err != nil {
		return false, err
	}
	return counted[0], nil
}

// countAll counts uses in one slot.
func (g *Guard) countAll(ctx context.Context, all []use) ([]bool, error) {
	args := make([]any, len(all))
	for i, u := range all {
		args[i] = u.conversion
	}
	list, err := redisscript.Run(ctx, g.Redis, usedScript, []string{all[0].key}, args...)
	if err != nil {
		return nil, err
	}
	if len(list) != len(all) {
		return nil, errReplies
	}
	counted := make([]bool, len(all))
	for i, one := range list {
		counted[i] = text(one) == "1"
	}
	return counted, nil
}

func tagOf(key string) string {
	_, after, _ := strings.Cut(key, "{")
	tag, _, _ := strings.Cut(after, "}")
	return tag
}
