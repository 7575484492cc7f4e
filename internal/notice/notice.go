// Package notice notifies the owner of an account of changes to it: a password was set,
// changed or reset; an address, a second factor, a passkey or a linked account was added or
// removed; and, if the operator wants it, somebody signed in from a new network.
//
// It is a sink of events. event.Kinds says which kinds cause a notice. The recipients are
// the addresses that were proven before the event, because an attacker will just have proven
// the new one. A notice is created and queued in the background, with retries while Redis is
// down. It contains no code, no address and nothing that a user wrote: see package template.
package notice

import (
	"context"
	"slices"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/batch"
	"user-api/internal/delivery"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
)

const (
	// batchDelay is how long a notice waits for others. batchSize is how many are created
	// at once: few, so that a batch is done before its time limit.
	batchDelay = 50 * time.Millisecond
	batchSize  = 50
)

// urgent are the kinds that nobody can cause at will, because a code had to be proven or an
// address given up, and those by which an intruder stays in an account or removes its second
// factor. Their notices have a reserve in the limit of the address and are sent even when
// the budgets are exhausted. All other kinds are routine.
var urgent = []event.Kind{
	event.AddressBound, event.AddressRemoved, event.PasswordReset, event.PasswordResetAsked,
	event.TotpAdded, event.TotpRemoved, event.RecoveryCodeUsed, event.MfaReset, event.MfaResetAsked,
	event.PasskeyAdded, event.PasskeyCloned, event.PasskeyRemoved, event.LinkAdded, event.LinkRemoved,
}

type (
	// Challenges creates notices.
	Challenges interface {
		NewID(address address.Address) (string, error)
		// Notice fails with apperr.RateLimited, or with apperr.Unavailable, after which it
		// is called again.
		Notice(ctx context.Context, n otp.Notice) (otp.Ticket, error)
	}

	// Queue takes messages for delivery in the background. Enqueueing the same send twice
	// has no effect.
	Queue interface {
		Enqueue(ctx context.Context, otpID string, send int) error
	}

	// Networks knows the networks from which users have signed in.
	Networks interface {
		// Known reports whether a user has signed in from the network before, or never from
		// any network. Learn remembers it.
		Known(ctx context.Context, userID int64, network string) (bool, error)
		Learn(ctx context.Context, userID int64, network string) error
		// Forget deletes the networks of a user whose account is erased.
		Forget(ctx context.Context, userID int64) error
	}

	// Options configure Notices.
	Options struct {
		Challenges Challenges
		Queue      Queue
		// Events receives the outcomes of notices: event.NoticeAsked, and event.Limited if a
		// limit dropped one.
		Events event.Sink
		// LocaleOf returns the language of a user as a BCP 47 tag, or "" if it is not known:
		// then the country of the number decides. It may be nil.
		LocaleOf func(ctx context.Context, userID int64) string
		// Networks is nil unless sign-ins from new networks cause notices.
		Networks Networks
	}

	// Notices is the sink.
	Notices struct {
		Options
		writer *batch.Writer[*job]
	}

	// job is an event with the notices that still have to be created.
	job struct {
		name     string
		userID   int64
		due      []otp.Notice
		prepared bool
		// network is the network of a sign-in; empty for other events.
		network string
		// erased marks the end of the account.
		erased bool
	}
)

var _ event.Sink = (*Notices)(nil)

// New returns Notices.
func New(o Options) *Notices {
	n := &Notices{Options: o}
	n.writer = batch.New(batch.Options[*job]{Name: "notice", Write: n.write, Every: batchDelay, Max: batchSize})
	return n
}

// Held returns the number of events whose notices have not been created yet.
func (n *Notices) Held() int { return n.writer.Held() }

// Drain creates the outstanding notices. It must be called last.
func (n *Notices) Drain(ctx context.Context) error { return n.writer.Drain(ctx) }

// Keep implements event.Sink. It returns before the notice is created.
func (n *Notices) Keep(ctx context.Context, e event.Event) {
	if e.Kind == event.AccountDeleted && n.Networks != nil {
		n.writer.Add(&job{userID: e.UserID, erased: true})
	}
	if !event.Kinds[e.Kind].Notice {
		return
	}
	d := &job{name: Name(e), userID: e.UserID}
	if e.Kind == event.SignIn {
		if e.Reason == event.ByApplication {
			return // the sign-in at the page has already caused a notice
		}
		d.network = guard.Network(reqctx.ClientFrom(ctx).IP)
		if n.Networks == nil || d.network == "" {
			return
		}
	}
	for _, address := range Recipients(e) {
		d.due = append(d.due, otp.Notice{
			Name: d.name, Address: address, Channel: channelOf(address), Routine: !slices.Contains(urgent, e.Kind),
		})
	}
	// A network is learned even if there is no address to notify.
	if len(d.due)+len(d.network) > 0 && !n.writer.Add(d) {
		outcomes.Add(float64(len(d.due)), d.name, outcomeLost)
	}
}

// Name returns the name of an event's notice, one of template.Notices.
func Name(e event.Event) string {
	kind := string(e.Address.Kind())
	switch {
	case e.Kind == event.AddressBound && e.Replaced.IsZero():
		return kind + "_added"
	case e.Kind == event.AddressBound:
		return kind + "_replaced"
	case e.Kind == event.AddressRemoved:
		return kind + "_removed"
	}
	return string(e.Kind)
}

// Recipients returns the addresses that are notified of an event: those that were proven
// before it. An address that has just been bound is notified only if there is no other. An
// address that was already bound and has been proven again causes no notice.
func Recipients(e event.Event) []address.Address {
	var list []address.Address
	known := func(address address.Address) bool { return slices.ContainsFunc(list, address.Same) }
	add := func(address address.Address) {
		if !address.IsZero() && !known(address) {
			list = append(list, address)
		}
	}
	for _, address := range append(slices.Clone(e.Proven), e.Replaced) {
		add(address)
	}
	switch {
	case e.Kind == event.AddressBound && known(e.Address):
		return nil
	case e.Kind == event.AddressRemoved || len(list) == 0:
		add(e.Address)
	}
	return list
}

// write creates the notices of a batch. A notice that has been created is not created again
// when a later one fails.
func (n *Notices) write(ctx context.Context, jobs []*job) error {
	for _, d := range jobs {
		if err := n.process(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// process fails only if it may succeed later.
func (n *Notices) process(ctx context.Context, d *job) error {
	if d.erased {
		return n.Networks.Forget(ctx, d.userID)
	}
	if err := n.prepare(ctx, d); err != nil {
		return err
	}
	for len(d.due) > 0 {
		if err := n.request(ctx, d.userID, d.due[0]); err != nil {
			return err
		}
		d.due = d.due[1:]
	}
	if d.network == "" {
		return nil
	}
	return n.Networks.Learn(ctx, d.userID, d.network)
}

// prepare gives the notices their ids and language, once, and drops those of a sign-in from
// a known network.
func (n *Notices) prepare(ctx context.Context, d *job) error {
	if d.prepared {
		return nil
	}
	if d.network != "" {
		known, err := n.Networks.Known(ctx, d.userID, d.network)
		if err != nil {
			return err
		}
		if known {
			d.due = nil
		}
	}
	locale := ""
	if n.LocaleOf != nil && len(d.due) > 0 {
		locale = n.LocaleOf(ctx, d.userID)
	}
	for i := range d.due {
		id, err := n.Challenges.NewID(d.due[i].Address)
		if err != nil {
			return err
		}
		d.due[i].ID, d.due[i].Locale = id, locale
	}
	d.prepared = true
	return nil
}

// request creates and queues a notice. A notice that a limit rejects is dropped.
func (n *Notices) request(ctx context.Context, userID int64, due otp.Notice) error {
	done := event.Event{
		Kind: event.NoticeAsked, UserID: userID, OtpID: due.ID, Send: 1, Address: due.Address, Channel: due.Channel, Reason: event.ForNotice,
	}
	_, err := n.Challenges.Notice(ctx, due)
	switch {
	case apperr.Is(err, apperr.RateLimited):
		outcomes.Inc(due.Name, outcomeLimited)
		done.Kind, done.OtpID, done.Send = event.Limited, "", 0
	case apperr.Is(err, apperr.Unavailable):
		return err
	case err != nil:
		outcomes.Inc(due.Name, outcomeLost)
		logx.WithContext(ctx).Errorf("notice: %s is given up: %v", due.Name, err)
		return nil
	default:
		if err := n.Queue.Enqueue(ctx, due.ID, 1); err != nil {
			return err
		}
		outcomes.Inc(due.Name, outcomeAsked)
	}
	n.Events.Keep(ctx, done)
	return nil
}

// channelOf returns the channel of a notice: a call might be answered by anyone, and
// WhatsApp accepts only codes.
func channelOf(addr address.Address) string {
	if addr.Kind() == address.KindEmail {
		return string(delivery.Email)
	}
	return string(delivery.SMS)
}
