package idempotency

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// errLost reports a claim that another owner has taken over.
var errLost = errors.New("idempotency: the claim was taken over")

// Turn is the right to do the work of a key. It is not safe for concurrent use.
type Turn struct {
	name
	answers *Answers
	owner   string
	leave   func()

	// claimed means that Redis has confirmed the claim, done that an answer exists, unkept that
	// none is stored.
	claimed, done, unkept bool
	// pending is the sealed answer that Redis did not store at first.
	pending []byte
	stop    context.CancelFunc
}

// Keep stores the answer for a minute. The work has been done, so a failure does not change the
// response: this process then keeps the answer in memory.
func (t *Turn) Keep(answer []byte) {
	a := t.answers
	if t.unkept || len(answer) > MaxAnswer {
		return
	}
	sealed, err := a.ring.Seal(t.context(), answer)
	if err != nil {
		a.log.Errorf("idempotency: %v", err)
		return
	}
	// An unconfirmed claim may still have been made.
	limit := callTimeout
	if !t.claimed {
		limit = shortTimeout
	}
	t.done = true
	err = t.store(sealed, limit)
	switch {
	case err == nil:
	case errors.Is(err, errLost):
		// Another owner has the claim and stores its own answer.
		a.log.Errorf("idempotency: a claim was lost before its answer was stored")
	default:
		t.pending = sealed
		a.memory.add(t.key, t.digest, sealed, a.now())
	}
}

// End releases the key. Without an answer, the next request does the work again. A claim whose
// answer Redis did not store expires.
func (t *Turn) End() {
	defer t.leave()
	if t.stop != nil {
		t.stop()
	}
	switch {
	case t.pending != nil:
		if err := t.store(t.pending, shortTimeout); err != nil {
			t.answers.log.Errorf("idempotency: an answer is only in this node's memory: %v", err)
		}
	case t.claimed && !t.done:
		if err := t.run(context.Background(), shortTimeout, releaseScript, t.owner); err != nil {
			t.answers.log.Errorf("idempotency: a claim is not released and expires soon: %v", err)
		}
	}
}

// renew renews the confirmed claim until the turn ends.
func (t *Turn) renew() {
	ctx, stop := context.WithCancel(context.Background())
	t.claimed, t.stop = true, stop
	go func() {
		tick := time.NewTicker(renewInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			// Other errors may be over by the next tick.
			if err := t.run(ctx, callTimeout, renewScript, t.owner, claimLife.Milliseconds()); errors.Is(err, errLost) {
				return
			}
		}
	}()
}

func (t *Turn) store(sealed []byte, limit time.Duration) error {
	return t.run(context.Background(), limit, keepScript, t.owner, t.digest, sealed, life.Milliseconds())
}

func (t *Turn) run(ctx context.Context, limit time.Duration, script *redis.Script, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	reply, err := script.Run(ctx, t.answers.redis, []string{t.key}, args...).Slice()
	if err == nil && text(reply, 0) == "lost" {
		return errLost
	}
	return err
}
