package otp

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

// outcome is the result of a send.
type outcome struct {
	send    int
	status  delivery.Status
	reason  string
	receipt bool
}

// Receive records a provider's receipt for a send; see receipt.Challenges. An outcome that
// takes effect later is stored next to the challenge and recorded by the first Status call
// after that time.
func (c *Challenges) Receive(ctx context.Context, id string, send int, after time.Duration, status delivery.Status, reason string) error {
	if !wellFormed(id) {
		return nil
	}
	o := outcome{send, status, reason, true}
	if after <= 0 {
		return c.record(ctx, id, o)
	}
	life, err := c.Redis.PTTL(ctx, c.challengeKey(id)).Result()
	if err != nil {
		return apperr.Down(err)
	}
	if life <= after {
		return nil // it is gone, or will be by then
	}
	if err := c.Redis.Set(ctx, c.due(id), o.text(life-after), life).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Status returns the state of the message. Whether a password reset code is sent at all
// depends on whether the address has an account, so the status of such a message only reflects
// the state of its route. It fails with apperr.NotFound if the challenge is gone.
func (c *Challenges) Status(ctx context.Context, id string) (Status, error) {
	if !wellFormed(id) {
		return Status{}, apperr.New(apperr.NotFound)
	}
	reply, err := c.status(ctx, id)
	if err != nil {
		return Status{}, err
	}
	if o, ok := dueOutcome(reply.text(7), reply.millis(8)); ok {
		if err := c.record(ctx, id, o); err != nil {
			return Status{}, err
		}
		if err := c.Redis.Del(ctx, c.due(id)).Err(); err != nil {
			return Status{}, apperr.Down(err)
		}
		if reply, err = c.status(ctx, id); err != nil {
			return Status{}, err
		}
	}
	return c.describe(id, reply)
}

// describe converts a reply of status.lua.
func (c *Challenges) describe(id string, reply reply) (Status, error) {
	if len(reply) == 0 {
		return Status{}, apperr.New(apperr.NotFound)
	}
	s := Status{
		Status: reply.text(0), Reason: reply.text(1), Channel: reply.text(2),
		ExpiresIn: reply.millis(3), ResendIn: max(0, reply.millis(4)),
	}
	opened, err := c.open(id, reply.text(5))
	if err != nil {
		return Status{}, apperr.New(apperr.NotFound) // sealed under another pepper: no code can be verified
	}
	address := opened.address
	switch s.Status {
	case "sending", string(delivery.StatusQueued):
		s.Status, s.ExpectedIn = string(delivery.StatusQueued), c.expected(s.Channel, address)
	case string(delivery.StatusSent):
		s.ExpectedIn = c.expected(s.Channel, address)
	case string(delivery.StatusFailed):
		if reply.text(6) == "1" {
			s.Offer = c.others(s.Channel, address)
		}
	}
	return s, nil
}

func (c *Challenges) status(ctx context.Context, id string) (reply, error) {
	return run(ctx, c.Redis, statusScript, []string{c.challengeKey(id), c.due(id)}, c.prefixOfID(id))
}

// record writes an outcome, unless a more final one is known. Reasons are those for clients.
func (c *Challenges) record(ctx context.Context, id string, o outcome) error {
	reason := delivery.ClientReason(o.reason)
	if o.status == delivery.StatusQueued && o.reason == delivery.ReasonBusy {
		reason = "" // a busy sender looks like a queue
	}
	// A message that waits for its provider says as much about the route as a failed one.
	ends := o.status == delivery.StatusFailed || o.status == delivery.StatusQueued && delivery.Outage(o.reason)
	offer, fails := ends && delivery.OtherChannelMay(reason), ends && delivery.AboutRoute(reason)
	prefix := c.prefixOfID(id)
	args := []any{string(o.status), reason, offer, fails, routeLife.Milliseconds()}
	reply, err := run(ctx, c.Redis, reportScript, []string{prefix + "c:" + id}, append(args, o.send, o.receipt, prefix == sharedPrefix)...)
	if err != nil || len(reply) == 0 {
		return err
	}
	_, err = run(ctx, c.Redis, routeScript, []string{reply.text(0)}, args...)
	return err
}

func (c *Challenges) expected(channel string, address address.Address) time.Duration {
	if c.Estimator == nil {
		return 0
	}
	return c.Estimator.Expected(channel, address.Region())
}

// others returns the other channels that reach the address.
func (c *Challenges) others(channel string, address address.Address) []string {
	return slices.DeleteFunc(slices.Clone(c.Channels[address.Kind()]), func(other string) bool { return other == channel })
}

// text encodes a scheduled outcome. It takes effect once the remaining TTL of its key is at
// most left.
func (o outcome) text(left time.Duration) string {
	return strings.Join([]string{strconv.FormatInt(left.Milliseconds(), 10), strconv.Itoa(o.send), string(o.status), o.reason}, " ")
}

// dueOutcome decodes a scheduled outcome; ok reports whether it has taken effect.
func dueOutcome(text string, left time.Duration) (o outcome, ok bool) {
	parts := strings.Split(text, " ")
	if len(parts) != 4 {
		return outcome{}, false
	}
	from, err := strconv.ParseInt(parts[0], 10, 64)
	send, err2 := strconv.Atoi(parts[1])
	if errors.Join(err, err2) != nil || left > time.Duration(from)*time.Millisecond {
		return outcome{}, false
	}
	return outcome{send, delivery.Status(parts[2]), parts[3], true}, true
}

// due returns the key of a scheduled outcome.
func (c *Challenges) due(id string) string { return c.prefixOfID(id) + "due:" + id }
