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
	// reportTries is how often an outcome is offered to the store before the
	// send is left to be found unconfirmed.
	reportTries = 6
	// claimPause is the wait before a store that failed is asked again.
	claimPause = time.Second
)

// handle runs one try of a send. It returns nil when the send is settled, else
// a *later: asynq is left no error to archive a task with.
func (c *Courier) handle(ctx context.Context, task *asynq.Task) error {
	j, err := readJob(task)
	switch {
	case errors.Is(err, ErrNewer):
		return c.leave(ctx, j)
	case err != nil:
		logx.WithContext(ctx).Errorf("%v is dropped", err)
		return nil
	}
	defer c.running.begin(j.id())()
	tried, _ := asynq.GetRetryCount(ctx)
	// asynq ends its context when it loses the lease; a try goes on to its
	// report, for the provider may have the message already.
	ctx = context.WithoutCancel(ctx)

	out, err := c.claim(ctx, j)
	switch {
	case errors.Is(err, ErrGone):
		return nil
	case errors.Is(err, ErrNewer):
		return c.leave(ctx, j)
	case errors.Is(err, ErrUnconfirmed):
		sends.Inc("unknown", "unknown", ReasonUnconfirmed)
		return c.fail(ctx, j, out, &SendError{Class: Ambiguous, Reason: ReasonUnconfirmed})
	case err != nil:
		c.log(ctx, j).Errorw("delivery: claim", logx.Field("error", err.Error()))
		return &later{after: claimPause, reason: "the store did not answer"}
	}

	failure, counted := c.try(ctx, j, out)
	if failure == nil {
		return c.report(ctx, j, StatusSent, "")
	}
	pause := max(c.backoff(tried), failure.RetryAfter)
	last := counted && tried+1 >= maxTries
	if failure.Class != Retryable || last || pause >= out.ExpiresIn {
		return c.fail(ctx, j, out, failure)
	}
	return c.tryLater(ctx, j, failure, pause, counted)
}

// try sends the message along its route. A hidden decoy walks it too, past senders
// that only seem to send. A failure counts as a try unless nobody was asked for
// want of a free place.
func (c *Courier) try(ctx context.Context, j job, out Outgoing) (failure *SendError, counted bool) {
	via := c.via(out)
	if len(via) == 0 {
		sends.Inc("unknown", "none", Permanent.String())
		return &SendError{Class: Permanent, Reason: ReasonChannel}, true
	}
	// A message that arrives after its code has died is worse than none.
	ctx, cancel := context.WithTimeout(ctx, out.ExpiresIn)
	defer cancel()
	defer context.AfterFunc(c.sending, cancel)()

	switch {
	case out.Decoy && out.Hidden:
		via = c.decoys(via)
	case out.Decoy:
		c.emit(ctx, j, answered(out, via[0].Sender.Name(), nil))
		sends.Inc(string(out.Channel), via[0].Sender.Name(), answerDecoy)
		return nil, true
	}
	message := c.compose(j, out)
	if message.Body == "" {
		// A newer release opened the challenge, for what has no text here. It is left
		// for a process of that one, as long as the code lives.
		left.Inc()
		return &SendError{Class: Retryable, Reason: ReasonInternal, RetryAfter: newerPause}, false
	}
	return c.walk(ctx, j, message, via)
}

// call runs the sender, measures it and turns whatever it does into a SendError.
// A panic leaves it open whether the message got out; its value may hold the
// message, so only its type is logged.
func (c *Courier) call(ctx context.Context, m Message, sender Sender) (failure *SendError) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	begun := c.now()
	defer func() {
		if p := recover(); p != nil {
			logx.WithContext(ctx).Errorw(fmt.Sprintf("delivery: panic in sender %s: %T", sender.Name(), p),
				logx.Field("stack", string(debug.Stack())))
			failure = &SendError{Class: Ambiguous, Reason: ReasonInternal}
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
		failure = &SendError{Class: Ambiguous, Reason: ReasonInternal}
	}
	return failure
}

func (c *Courier) claim(ctx context.Context, j job) (Outgoing, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return c.challenges.Claim(ctx, j.OtpID, j.Send, c.repeatable)
}

// fail settles a send that did not get out.
func (c *Courier) fail(ctx context.Context, j job, out Outgoing, failure *SendError) error {
	if !out.Decoy {
		c.log(ctx, j).Errorw("delivery: not sent", logx.Field("error", failure.Error()))
		c.emit(ctx, j, event.Event{Kind: event.MessageFailed, Reason: event.Reason(failure.Reason), Code: failure.Code})
	}
	return c.report(ctx, j, StatusFailed, failure.Reason)
}

// tryLater reports the send as still queued and hands it back to asynq. asynq
// rounds times down to the second, so a shorter pause is waited here and a
// longer one asked for with a second more: never before the provider's time.
func (c *Courier) tryLater(ctx context.Context, j job, failure *SendError, pause time.Duration, counted bool) error {
	c.log(ctx, j).Infow("delivery: to be tried again", logx.Field("error", failure.Error()))
	if err := c.report(ctx, j, StatusQueued, failure.Reason); err != nil {
		return err
	}
	again := &later{reason: failure.Reason, counted: counted}
	if pause < asynqStep {
		c.wait(ctx, pause)
	} else {
		again.after = pause + asynqStep
	}
	return again
}

// report tells the store, patiently: after a sent message a lost report would
// leave the send unconfirmed.
func (c *Courier) report(ctx context.Context, j job, status Status, reason string) error {
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
	return &later{after: claimPause, reason: "the store did not answer"}
}

// backoff is 100 ms·2^n ± 20 %.
func (c *Courier) backoff(tried int) time.Duration {
	return c.jittered(firstBackoff << min(tried, maxTries))
}

// jittered is d ± 20 %, or d when there is no chance to be had.
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

func (c *Courier) log(ctx context.Context, j job) logx.Logger {
	return logx.WithContext(ctx).WithFields(logx.Field("otpId", j.OtpID), logx.Field("send", j.Send))
}
