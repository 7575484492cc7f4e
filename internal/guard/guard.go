// Package guard limits what costs money or could be guessed: sends, wrong codes, failed
// sign-ins, refreshes and registrations.
//
// A limit is a bucket in Redis that all nodes share. A decision is one script that charges
// every bucket of a Plan or none, so a refused request changes nothing. Scripts that send
// codes start with Lua and decide together with their challenge; Spend runs all others.
// docs/guard.md lists every limit.
//
// Refusals are cached in the process, so that a flood reaches neither Redis nor the database:
// a refusal that only time can end for as long as it lasts, any other for a second. Without
// Redis, sends and codes are refused, while password sign-ins and registrations continue
// under a tight limit per process.
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

// patience is how long a refund is attempted.
const patience = 3 * time.Second

type (
	// Options configure a Guard. Zero values are not filled in.
	Options struct {
		Policy
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		// Spread puts the keys of an address or a client into slots of their own, for a Redis
		// Cluster. Only a part of a plan can then be charged atomically, see crossslot.go.
		Spread bool
		Now    func() time.Time
		// Price returns the price of a message by a channel to a region, in micro-USD. An
		// empty channel means the most expensive one.
		Price func(channel, region string) int64
		// Captcha reports whether clients can solve a captcha.
		Captcha bool
		// Alert is called when a bucket is full; nil means Warn.
		Alert func(context.Context, Warning)
		// Counts is optional.
		Counts Counts
	}

	// Counts keeps statistics over time. Its methods must not block.
	Counts interface {
		Refused(limit string)
		// Spent records the price of a message to a country, in micro-USD.
		Spent(country string, price int64)
	}

	// Guard holds the limits.
	Guard struct {
		Options

		memory *memory
		local  *local
		down   atomic.Bool

		charges batcher[charge, []any]
		uses    batcher[use, bool]
	}

	// Charge is what an attempt was charged, for a refund. The zero Charge is nothing.
	Charge struct {
		guard *Guard
		plan  Plan
	}

	// Warning reports, once per window, that a shared limit is reached. Level is hard if the
	// next send is refused, and soft if it needs a captcha.
	Warning struct {
		Class        Class
		Scope, Level string
	}
)

// ErrRemembered is the cause of a refusal that comes from the cache.
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

// Lua returns the library with which a script begins that decides a plan itself.
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

// Recall returns the cached refusal of a plan, with ErrRemembered as its cause, or nil if
// there is none.
func (g *Guard) Recall(p Plan) error {
	class, wait := g.memory.find(p, g.Now())
	if wait <= 0 {
		return nil
	}
	return g.refusal(class, wait).Wrap(ErrRemembered)
}

// Refuse caches a refusal and returns its error. key is the bucket that refuses; any other
// text stands for the address of the plan.
func (g *Guard) Refuse(p Plan, class Class, wait time.Duration, key string) error {
	g.memory.add(p, key, class, wait, g.Now())
	return g.refusal(class, wait)
}

// Spend charges a plan. It fails with apperr.RateLimited, and with apperr.Unavailable without
// Redis.
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

// Try is Spend for operations that continue without Redis, under a tight limit per name and
// network in this process.
func (g *Guard) Try(ctx context.Context, p Plan, name string) (charge Charge, err error) {
	// The only timeout is the client's: in a burst, waiting is not a failure of Redis.
	err = g.Spend(ctx, p)
	if !apperr.Is(err, apperr.Unavailable) {
		g.down.Store(false)
		return Charge{g, p}, err
	}
	if ctx.Err() != nil {
		return Charge{}, err // the client's context ended, which says nothing about Redis
	}
	if !g.down.Swap(true) {
		logx.WithContext(ctx).Errorf("guard: Redis is unavailable, counting in this process only: %v", err)
	}
	if wait := g.local.spend(name, p.network, g.Now()); wait > 0 {
		return Charge{}, g.refusal(p.Buckets[0].Rates[0].Class, wait)
	}
	return Charge{}, nil
}

// Refund refunds what only a failure costs, after an attempt that did not fail.
func (c *Charge) Refund(ctx context.Context) {
	if c.guard != nil {
		failure := len(c.plan.Buckets) - c.plan.kept
		c.guard.refund(ctx, c.plan, c.plan.Buckets[:failure])
		c.plan.Buckets = c.plan.Buckets[failure:]
	}
}

// Void also refunds the rest, after an attempt that failed on our side: the client is told to
// retry and has not had its attempt yet.
func (c *Charge) Void(ctx context.Context) {
	if c.guard != nil {
		c.guard.refund(ctx, c.plan, c.plan.Buckets)
		c.plan.Buckets = nil
	}
}

// Void refunds what Spend charged.
func (g *Guard) Void(ctx context.Context, p Plan) { g.refund(ctx, p, p.Buckets) }

// Unremember drops the cached refusals of a plan whose charge was rolled back.
func (g *Guard) Unremember(p Plan) { g.memory.drop(p) }

func (g *Guard) refund(ctx context.Context, p Plan, buckets []bucket) {
	p.Buckets = buckets
	if len(p.Buckets) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := redisscript.Run(ctx, g.Redis, refundScript, []string{p.Buckets[0].Key}, p.Encode()); err != nil {
		logx.WithContext(ctx).Infof("guard: cannot refund a charge: %v", err)
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
