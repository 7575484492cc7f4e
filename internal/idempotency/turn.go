package idempotency

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// errLost is of a claim that another owner has taken over.
var errLost = errors.New("idempotency: the claim is another's")

// Turn is the right to do the work of a key. It is used by one goroutine.
type Turn struct {
	name
	answers *Answers
	owner   string
	leave   func()

	// claimed says that Redis has confirmed the claim, done that there is an answer to
	// repeat, unkept that none is to be kept.
	claimed, done, unkept bool
	// pending is the sealed answer that Redis did not take at once.
	pending []byte
	stop    context.CancelFunc
}

// Keep keeps the answer of the work for a minute. The work has been done, so a
// failure does not change what its client is answered: this process then holds the
// answer itself.
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
	// A claim that was not confirmed may have been made all the same.
	limit := callTime
	if !t.claimed {
		limit = patience
	}
	t.done = true
	err = t.store(sealed, limit)
	switch {
	case err == nil:
	case errors.Is(err, errLost):
		// Another has the claim, and will keep its own answer: two cannot both stand.
		a.log.Errorf("idempotency: a claim was lost before its answer was kept")
	default:
		t.pending = sealed
		a.held.add(t.key, t.digest, sealed, a.now())
	}
}

// End gives the key free. Without an answer, the next one who asks does the work
// anew. A claim whose answer Redis does not take is left to end by itself.
func (t *Turn) End() {
	defer t.leave()
	if t.stop != nil {
		t.stop()
	}
	switch {
	case t.pending != nil:
		if err := t.store(t.pending, patience); err != nil {
			t.answers.log.Errorf("idempotency: an answer is held by this node alone: %v", err)
		}
	case t.claimed && !t.done:
		if err := t.run(context.Background(), patience, releaseScript, t.owner); err != nil {
			t.answers.log.Errorf("idempotency: a claim ends by itself in a moment: %v", err)
		}
	}
}

// hold renews the claim, which is now confirmed, until the turn ends.
func (t *Turn) hold() {
	ctx, stop := context.WithCancel(context.Background())
	t.claimed, t.stop = true, stop
	go func() {
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			// Another error than a lost claim may be over by the next tick.
			if err := t.run(ctx, callTime, renewScript, t.owner, claimLife.Milliseconds()); errors.Is(err, errLost) {
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
