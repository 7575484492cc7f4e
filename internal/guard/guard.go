// Package guard decides how much of what costs money, or could be guessed, may
// be done: sends, wrong codes, failed sign-ins, refreshes and registrations.
//
// A limit is a bucket in Redis, shared by all nodes, and a decision is one
// script that charges every bucket of a Plan or none, so that what is refused
// changes nothing. The scripts that send codes begin with Lua and decide for
// themselves, together with their challenge; the others are Spend's. docs/guard.md
// lists every limit.
//
// A refusal is remembered in the process, so that a flood reaches neither Redis nor
// the database: that of a client for as long as it is true, any other, which may end
// sooner, for a second. Where Redis is down, sends and codes
// are refused by whoever asks it; password sign-ins and registrations go on under
// a tight limit of each process.
package guard

import (
	"context"
	_ "embed"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/redisscript"
)

// patience is how long a charge is tried to be taken back.
const patience = 3 * time.Second

type (
	// Options configure a Guard. Zero values are not filled in.
	Options struct {
		Policy
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		// Spread gives what is of an address or a client slots of its own, for a Redis
		// Cluster. What may be spent at once then is a part of a plan, see crossslot.go.
		Spread bool
		Now    func() time.Time
		// Price is what a message by a channel, empty for any of them, to a region
		// costs, in micro-USD.
		Price func(channel, region string) int64
		// Captcha says that one can be asked for.
		Captcha bool
		// Alert is told of a bucket that is full; nil means Warn.
		Alert func(context.Context, Warning)
		// Counts are told of refusals and prices; nil for nobody.
		Counts Counts
	}

	// Counts keep numbers over time. They answer at once.
	Counts interface {
		Refused(limit string)
		// Spent is what a message to a country costs, in micro-USD.
		Spent(country string, price int64)
	}

	// Guard holds the limits.
	Guard struct {
		Options

		memory *memory
		local  *local
		down   atomic.Bool

		charges gather[charge, []any]
		uses    gather[use, bool]
	}

	// Charge is what a try was charged, so that it can be taken back. The zero Charge is
	// none.
	Charge struct {
		guard *Guard
		plan  Plan
	}

	// Warning says that a limit over many is reached, once in its window: Level
	// hard where the next send is refused, soft where a captcha is now asked for.
	Warning struct {
		Class        Class
		Scope, Level string
	}
)

// ErrRemembered is behind a refusal that was not decided anew.
var ErrRemembered = errors.New("guard: refused before")

var (
	//go:embed lua/bucket.lua
	bucketLua string
	//go:embed lua/conversion.lua
	conversionLua string
	//go:embed lua/plan.lua
	planLua string
	//go:embed lua/spend.lua
	spendLua string
	//go:embed lua/force.lua
	forceLua string
	//go:embed lua/refund.lua
	refundLua string

	spendScript  = redis.NewScript(Lua() + spendLua)
	refundScript = redis.NewScript(Lua() + refundLua)
	forceScript  = redis.NewScript(Lua() + forceLua)
)

// Lua is the library a script begins with that decides a plan by itself.
func Lua() string { return bucketLua + conversionLua + planLua }

// New returns a Guard.
func New(o Options) *Guard {
	if o.Alert == nil {
		o.Alert = Warn
	}
	g := &Guard{Options: o, memory: newMemory(), local: &local{}}
	g.charges.do, g.uses.do = g.chargeAll, g.countAll
	return g
}

// Recall refuses from memory what was refused before, with ErrRemembered as the
// cause; else it is nil.
func (g *Guard) Recall(p Plan) error {
	class, wait := g.memory.find(p, g.Now())
	if wait <= 0 {
		return nil
	}
	return g.refusal(class, wait).Wrap(ErrRemembered)
}

// Refuse is the error of a refusal, which is remembered. key is the bucket that
// refuses; any other text stands for the address of the plan.
func (g *Guard) Refuse(p Plan, class Class, wait time.Duration, key string) error {
	g.memory.add(p, key, class, wait, g.Now())
	return g.refusal(class, wait)
}

// Spend charges a plan. Fails with apperr.RateLimited, or apperr.Unavailable
// without Redis.
func (g *Guard) Spend(ctx context.Context, p Plan) error {
	if len(p.Buckets) == 0 {
		return nil
	}
	if err := g.Recall(p); err != nil {
		return err
	}
	reply, err := redisscript.Run(ctx, g.Redis, spendScript, []string{p.Buckets[0].Key}, p.Encode())
	if err != nil {
		return apperr.Down(err)
	}
	if len(reply) < 3 {
		return nil
	}
	ms, _ := reply[1].(int64)
	return g.Refuse(p, Class(text(reply[0])), time.Duration(ms)*time.Millisecond, text(reply[2]))
}

// Try is Spend for what goes on without Redis, by name and by network under a tight
// limit of this process.
func (g *Guard) Try(ctx context.Context, p Plan, name string) (charge Charge, err error) {
	// No limit of time but the client's: in a burst, waiting is no failure of Redis.
	err = g.Spend(ctx, p)
	if !apperr.Is(err, apperr.Unavailable) {
		g.down.Store(false)
		return Charge{g, p}, err
	}
	if ctx.Err() != nil {
		return Charge{}, err // the client has gone, or its time is up: of Redis that tells nothing
	}
	if !g.down.Swap(true) {
		logx.WithContext(ctx).Errorf("guard: Redis does not answer, this process counts alone: %v", err)
	}
	if wait := g.local.spend(name, p.network, g.Now()); wait > 0 {
		return Charge{}, g.refusal(p.Buckets[0].Rates[0].Class, wait)
	}
	return Charge{}, nil
}

// Refund takes back what only a failure costs, of a try that was none.
func (c *Charge) Refund(ctx context.Context) {
	if c.guard != nil {
		failure := len(c.plan.Buckets) - c.plan.kept
		c.guard.refund(ctx, c.plan, c.plan.Buckets[:failure])
		c.plan.Buckets = c.plan.Buckets[failure:]
	}
}

// Void takes the rest back as well, of a try that came to nothing because a part of
// ours has failed: whoever is told to try again has not tried yet.
func (c *Charge) Void(ctx context.Context) {
	if c.guard != nil {
		c.guard.refund(ctx, c.plan, c.plan.Buckets)
		c.plan.Buckets = nil
	}
}

// Void takes back what Spend charged, as Charge.Void does.
func (g *Guard) Void(ctx context.Context, p Plan) { g.refund(ctx, p, p.Buckets) }

// Unremember forgets the refusals of a plan whose charge was taken back.
func (g *Guard) Unremember(p Plan) { g.memory.drop(p) }

func (g *Guard) refund(ctx context.Context, p Plan, buckets []bucket) {
	p.Buckets = buckets
	if len(p.Buckets) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := redisscript.Run(ctx, g.Redis, refundScript, []string{p.Buckets[0].Key}, p.Encode()); err != nil {
		logx.WithContext(ctx).Infof("guard: a charge is not taken back: %v", err)
	}
	g.memory.drop(p)
}

func (g *Guard) refusal(class Class, wait time.Duration) *apperr.Error {
	refusals.Inc(string(class))
	if g.Counts != nil {
		g.Counts.Refused(string(class))
	}
	next := g.Now().Add(wait)
	return apperr.New(apperr.RateLimited).WithRetryAfter(wait).WithLimit(string(class),
		int64(math.Ceil(float64(next.UnixMilli())/1000)))
}
