// Package notice tells the owner of an account what happened to it: that a password
// was set, changed or reset, that an address, a second factor, a passkey or a linked
// account was added or removed, and, if the operator wants that, that somebody signed in
// from a new network.
//
// It is a sink of events. Which kinds are told is in event.Kinds; whom, in Keep: the
// addresses that were proven before, for whoever acts has just proven the new one.
// A notice is made and queued in the background, and again while Redis is down. It
// holds no code, no address and nothing that a user wrote: see package template.
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
	// at is how long a notice waits for others, and most how many are made at once:
	// few, so that a batch is done before it is given up.
	at   = 50 * time.Millisecond
	most = 50
)

// urgent are the kinds that nobody can bring about at will, as a code was proven for
// them or an address given up, and those by which somebody else stays in an account or
// takes its second factor away. Their notices have a reserve of the address's limit,
// and go out when the budgets are spent. All others are routine.
var urgent = []event.Kind{
	event.AddressBound, event.AddressRemoved, event.PasswordReset, event.PasswordResetAsked,
	event.TotpAdded, event.TotpRemoved, event.RecoveryCodeUsed, event.MfaReset, event.MfaResetAsked,
	event.PasskeyAdded, event.PasskeyCloned, event.PasskeyRemoved, event.LinkAdded, event.LinkRemoved,
}

type (
	// Challenges makes notices due.
	Challenges interface {
		NewID(address address.Address) (string, error)
		// Notice fails with apperr.RateLimited, or apperr.Unavailable: then it is
		// called again.
		Notice(ctx context.Context, n otp.Notice) (otp.Ticket, error)
	}

	// Queue takes sends to be delivered in the background; the same send again is no
	// second one.
	Queue interface {
		Enqueue(ctx context.Context, otpID string, send int) error
	}

	// Networks knows from which networks users signed in.
	Networks interface {
		// Known reports whether a user signed in from the network before, or from
		// nowhere yet. Learn remembers it.
		Known(ctx context.Context, userID int64, network string) (bool, error)
		Learn(ctx context.Context, userID int64, network string) error
		// Forget drops the networks of a user whose account is erased.
		Forget(ctx context.Context, userID int64) error
	}

	// Options configure Notices.
	Options struct {
		Challenges Challenges
		Queue      Queue
		// Events takes what becomes of notices: event.NoticeAsked, and event.Limited of
		// one that a limit dropped.
		Events event.Sink
		// LocaleOf returns the language of a user, a BCP 47 tag, or "" if it is not
		// known: then the country of a number decides. Nil means that none is known.
		LocaleOf func(ctx context.Context, userID int64) string
		// Networks is nil unless sign-ins from new networks are told.
		Networks Networks
	}

	// Notices is the sink. It ends with Drain.
	Notices struct {
		Options
		writer *batch.Writer[*deed]
	}

	// deed is what happened, with the notices that are still to be made.
	deed struct {
		name     string
		userID   int64
		due      []otp.Notice
		prepared bool
		// network is where somebody signed in; empty for other deeds.
		network string
		// erased is the end of the account.
		erased bool
	}
)

var _ event.Sink = (*Notices)(nil)

// New returns Notices.
func New(o Options) *Notices {
	n := &Notices{Options: o}
	n.writer = batch.New(batch.Options[*deed]{Name: "notice", Write: n.write, Every: at, Max: most})
	return n
}

// Held is how many events wait for their notices to be made.
func (n *Notices) Held() int { return n.writer.Held() }

// Drain makes the notices that are due so far; it takes no more.
func (n *Notices) Drain(ctx context.Context) error { return n.writer.Drain(ctx) }

// Keep implements event.Sink. It returns before the notice is made.
func (n *Notices) Keep(ctx context.Context, e event.Event) {
	if e.Kind == event.AccountDeleted && n.Networks != nil {
		n.writer.Add(&deed{userID: e.UserID, erased: true})
	}
	if !event.Kinds[e.Kind].Notice {
		return
	}
	d := &deed{name: Name(e), userID: e.UserID}
	if e.Kind == event.SignIn {
		if e.Reason == event.ByApplication {
			return // the sign-in at the page has been told
		}
		d.network = guard.Network(reqctx.ClientFrom(ctx).IP)
		if n.Networks == nil || d.network == "" {
			return
		}
	}
	for _, address := range Told(e) {
		d.due = append(d.due, otp.Notice{
			Name: d.name, Address: address, Channel: channelOf(address), Routine: !slices.Contains(urgent, e.Kind),
		})
	}
	// A network is learned also while there is no address to tell.
	if len(d.due)+len(d.network) > 0 && !n.writer.Add(d) {
		outcomes.Add(float64(len(d.due)), d.name, outcomeLost)
	}
}

// Name is the notice of an event, one of template.Notices.
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

// Told are the addresses that are told of an event: those that were proven before
// it. The address that was bound just now is told if there is no other. An address
// that was bound before, and proven once more, is no news.
func Told(e event.Event) []address.Address {
	var told []address.Address
	known := func(address address.Address) bool { return slices.ContainsFunc(told, address.Same) }
	add := func(address address.Address) {
		if !address.IsZero() && !known(address) {
			told = append(told, address)
		}
	}
	for _, address := range append(slices.Clone(e.Proven), e.Replaced) {
		add(address)
	}
	switch {
	case e.Kind == event.AddressBound && known(e.Address):
		return nil
	case e.Kind == event.AddressRemoved || len(told) == 0:
		add(e.Address)
	}
	return told
}

// write makes the notices of deeds. What is made is not made again when a later one
// fails.
func (n *Notices) write(ctx context.Context, deeds []*deed) error {
	for _, d := range deeds {
		if err := n.make(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// make fails only where it may succeed later.
func (n *Notices) make(ctx context.Context, d *deed) error {
	if d.erased {
		return n.Networks.Forget(ctx, d.userID)
	}
	if err := n.prepare(ctx, d); err != nil {
		return err
	}
	for len(d.due) > 0 {
		if err := n.ask(ctx, d.userID, d.due[0]); err != nil {
			return err
		}
		d.due = d.due[1:]
	}
	if d.network == "" {
		return nil
	}
	return n.Networks.Learn(ctx, d.userID, d.network)
}

// prepare gives the notices their ids and language, once, and drops those of a
// sign-in from a network that is known.
func (n *Notices) prepare(ctx context.Context, d *deed) error {
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

// ask makes a notice due and queues it. A notice that a limit refuses is dropped.
func (n *Notices) ask(ctx context.Context, userID int64, due otp.Notice) error {
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

// channelOf is how an address is told: a call would be answered by whoever is near,
// and WhatsApp takes codes alone.
func channelOf(addr address.Address) string {
	if addr.Kind() == address.KindEmail {
		return string(delivery.Email)
	}
	return string(delivery.SMS)
}
