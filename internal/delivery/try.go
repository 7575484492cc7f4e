package delivery

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"time"

	"github.com/hibiken/asynq"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/event"
)

const (
	storeTimeout = 3 * time.Second
	// reportTries is how often an outcome is reported to the store before the send is left
	// to be found unconfirmed.
	reportTries = 6
	// claimPause is the pause before a failed store is called again.
	claimPause = time.Second
	// waitPause is how often a waiting message is checked.
	waitPause = 2 * time.Second
	// lastMoment is the remaining life of a code below which waiting is pointless.
	lastMoment = 3 * time.Second
)

// BlockFor is how long a provider blocks a recipient, unless it says otherwise.
const BlockFor = 15 * time.Minute

// spread holds the pauses of Spread between attempts.
var spread = []time.Duration{30 * time.Second, 30 * time.Second, time.Minute}

// handle runs one attempt of a send. It returns nil when the send is settled, and otherwise a
// *Later. Any other error would make asynq archive the task.
func (c *Courier) handle(ctx context.Context, task *asynq.Task) error {
	j, err := readJob(task)
	switch {
	case errors.Is(err, ErrNewer):
		return c.leave(ctx, j)
	case err != nil:
		logx.WithContext(ctx).Errorf("%v is dropped", err)
		return nil
	}
	tried, _ := asynq.GetRetryCount(ctx)
	return c.Try(ctx, j, tried)
}

// Try runs one attempt of a send; tried is the number of earlier attempts that counted. It
// returns nil when the send is settled, and otherwise a *Later.
func (c *Courier) Try(ctx context.Context, j Job, tried int) error {
	if c.isWaiting(j.id()) {
		return &Later{After: waitPause, Reason: ReasonOpen}
	}
	defer c.running.begin(j.id())()
	// asynq cancels its context when it loses the lease. The attempt must run to its report
	// all the same, because the provider may already have the message.
	ctx = context.WithoutCancel(ctx)

	out, err := c.claim(ctx, j)
	switch {
	case errors.Is(err, ErrGone):
		c.forget(j.id())
		return nil
	case errors.Is(err, ErrNewer):
		return c.leave(ctx, j)
	case errors.Is(err, ErrUnconfirmed):
		sends.Inc("unknown", "unknown", ReasonUnconfirmed)
		return c.fail(ctx, j, out, FaultUnconfirmed.Err())
	case err != nil:
		c.log(ctx, j).Errorw("delivery: claim", logx.Field("error", err.Error()))
		return &Later{After: claimPause, Reason: "the store is unavailable"}
	}

	failure := c.try(ctx, j, out)
	if failure != nil {
		pause, again := c.pause(failure, tried)
		if again && pause < out.ExpiresIn && (failure.Reason != ReasonOpen || out.ExpiresIn > lastMoment) {
			return c.tryLater(ctx, j, failure, pause)
		}
	}
	c.forget(j.id())
	if failure == nil {
		return c.report(ctx, j, StatusSent, "")
	}
	return c.fail(ctx, j, out, failure)
}

// try sends the message along its route. A hidden decoy takes the same route, with senders
// that only pretend to send.
func (c *Courier) try(ctx context.Context, j Job, out Outgoing) *SendError {
	via := c.via(out)
	if len(via) == 0 {
		sends.Inc("unknown", "none", Permanent.String())
		return FaultChannel.Err()
	}
	// A message must not arrive after its code has expired.
	ctx, cancel := context.WithTimeout(ctx, out.ExpiresIn)
	defer cancel()
	defer context.AfterFunc(c.sending, cancel)()

	switch {
	case out.Decoy && out.Hidden:
		via = c.decoys(via)
	case out.Decoy:
		c.emit(ctx, j, answered(out, via[0].Sender.Name(), nil))
		sends.Inc(string(out.Channel), via[0].Sender.Name(), answerDecoy)
		return nil
	}
	message := c.compose(ctx, j, out)
	if message.Body == "" {
		// A newer release opened the challenge for a purpose without a text here. A process
		// of that release can send it while the code lives.
		left.Inc()
		return &SendError{Fault: faultNewer, RetryAfter: newerPause}
	}
	return c.walk(ctx, j, message, via)
}

// call runs the sender, measures it and converts any failure into a SendError. After a panic
// the message may have been sent. The panic's value may contain the message, so only its type
// is logged.
func (c *Courier) call(ctx context.Context, m Message, sender Sender) (failure *SendError) {
	ctx, cancel := context.WithTimeout(ctx, c.bound(sender))
	defer cancel()
	begun := c.now()
	defer func() {
		if p := recover(); p != nil {
			logx.WithContext(ctx).Errorw(fmt.Sprintf("delivery: panic in sender %s: %T", sender.Name(), p),
				logx.Field("stack", string(debug.Stack())))
			failure = FaultPanic.Err()
		}
		if !isDecoy(sender) {
			latency.Observe(c.now().Sub(begun).Milliseconds(), string(m.Channel), sender.Name())
		}
	}()
	err := sender.Send(ctx, m)
	if err == nil {
		return nil
	}
	if !errors.As(err, &failure) {
		failure = FaultPanic.Err()
	}
	return failure
}

// bound returns the timeout of one request to a sender.
func (c *Courier) bound(sender Sender) time.Duration {
	if b, ok := sender.(Bounded); ok {
		return b.Bound()
	}
	return c.timeout
}

func (c *Courier) claim(ctx context.Context, j Job) (Outgoing, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return c.challenges.Claim(ctx, j.OtpID, j.Send, c.repeatable)
}

// fail settles a send that was not sent.
func (c *Courier) fail(ctx context.Context, j Job, out Outgoing, failure *SendError) error {
	if !out.Decoy {
		c.log(ctx, j).Errorw("delivery: not sent", logx.Field("error", failure.Error()))
		c.emit(ctx, j, event.Event{Kind: event.MessageFailed, Reason: event.Reason(failure.Reason), Code: failure.Code})
	}
	return c.report(ctx, j, StatusFailed, failure.Reason)
}

// tryLater reports the send as still queued and returns it to asynq. asynq rounds times down
// to the second, so a shorter pause is waited here, and a pause that the provider demands gets
// an extra second.
func (c *Courier) tryLater(ctx context.Context, j Job, failure *SendError, pause time.Duration) error {
	c.log(ctx, j).Infow("delivery: will be retried", logx.Field("error", failure.Error()))
	if err := c.report(ctx, j, StatusQueued, failure.Reason); err != nil {
		return err
	}
	again := &Later{Reason: failure.Reason, Counted: failure.Retry != Waits}
	switch {
	case pause < asynqStep:
		c.wait(ctx, pause)
	case failure.RetryAfter > 0 || failure.Retry == Spread:
		again.After = pause + asynqStep
	default:
		again.After = pause
	}
	return again
}

// report reports to the store, with retries: if the report of a sent message is lost, the send
// stays unconfirmed.
func (c *Courier) report(ctx context.Context, j Job, status Status, reason string) error {
	var err error
	for n := range reportTries {
		if n > 0 {
			c.wait(ctx, firstBackoff<<n)
		}
		once, cancel := context.WithTimeout(ctx, storeTimeout)
		err = c.challenges.Report(once, j.OtpID, j.Send, status, reason)
		cancel()
		if err == nil {
			return nil
		}
	}
	c.log(ctx, j).Errorw("delivery: report", logx.Field("error", err.Error()))
	return &Later{After: claimPause, Reason: "the store is unavailable"}
}

// pause returns the pause after an attempt, and whether there is another attempt.
func (c *Courier) pause(failure *SendError, tried int) (pause time.Duration, again bool) {
	switch failure.Retry {
	case Waits:
		return max(c.jittered(waitPause), failure.RetryAfter), true
	case Soon:
		return max(c.backoff(tried), failure.RetryAfter), tried+1 < maxTries
	case Spread:
		if tried < len(spread) {
			return max(spread[tried], failure.RetryAfter), true
		}
	}
	return 0, false
}

// backoff returns 100 ms·2^n ± 20 %.
func (c *Courier) backoff(tried int) time.Duration {
	return c.jittered(firstBackoff << min(tried, maxTries))
}

// jittered returns d ± 20 %, or d if there is no randomness.
func (c *Courier) jittered(d time.Duration) time.Duration {
	var b [4]byte
	if _, err := io.ReadFull(c.rand, b[:]); err != nil {
		return d
	}
	unit := float64(binary.BigEndian.Uint32(b[:])) / math.MaxUint32
	return time.Duration(float64(d) * (1 - jitter + 2*jitter*unit))
}

// wait returns after d, or when ctx or the courier ends.
func (c *Courier) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-c.draining:
	}
}

func (c *Courier) log(ctx context.Context, j Job) logx.Logger {
	return logx.WithContext(ctx).WithFields(logx.Field("otpId", j.OtpID), logx.Field("send", j.Send))
}
