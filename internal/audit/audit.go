// Package audit is the sink that keeps what happened to whom: sign-ins and their
// failures, codes, passwords, addresses, bans and roles, and what a limit refused.
// The trail only grows. It holds no address but a keyed pseudonym, no client but
// its network, and of an erased account only the number, which stands for nobody.
//
// Events are written in the background, see package batch.
package audit

import (
	"cmp"
	"context"
	"io"
	"net/netip"
	"slices"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/reqctx"
	"user-api/model"
)

// The parts of a client's address that are kept.
const (
	bits4 = 24
	bits6 = 48
)

// The widths of columns.
const (
	maxActor     = 128
	maxRequestID = 64
)

type (
	// Filter says which events List returns; zero values are no condition.
	Filter struct {
		UserID int64
		Type   string
		// Address is one, or Pseudonym the text that stands for one.
		Address   address.Address
		Pseudonym string
		// IP is the network of a client, as Network gives it.
		IP        string
		RequestID string
		// From is the first time, To the one behind the last.
		From, To time.Time
		// Types are those of which the event is one.
		Types []string
		// Before is the id of the last event of the page before.
		Before string
		Limit  int
	}

	// Options configure a Recorder.
	Options struct {
		Events model.EventModel
		Ring   *keyring.Ring
		// UserOf finds the user of an address, 0 for nobody.
		UserOf func(context.Context, address.Address) (int64, error)
		// Retention is how long events are kept; 0 is for good.
		Retention time.Duration
		Now       func() time.Time
		Rand      io.Reader
	}

	// Recorder keeps events. It is safe for concurrent use.
	Recorder struct {
		Options

		ids    *batch.IDs
		writer *batch.Writer[pending]
	}

	// pending is an event to be written. Its address is in memory only.
	pending struct {
		row     *model.Event
		address address.Address
	}
)

// New returns a Recorder, which ends with Drain.
func New(o Options) (*Recorder, error) {
	ids, err := batch.NewIDs(o.Rand)
	if err != nil {
		return nil, err
	}
	r := &Recorder{Options: o, ids: ids}
	r.writer = batch.New(batch.Options[pending]{Name: "event", Write: r.write})
	return r, nil
}

// Drain writes what is recorded so far; nothing is recorded afterwards.
func (r *Recorder) Drain(ctx context.Context) error { return r.writer.Drain(ctx) }

// List returns events, newest first. Fails with apperr.InvalidRequest for an
// unknown type.
func (r *Recorder) List(ctx context.Context, f Filter) ([]*model.Event, error) {
	if f.Type != "" && !event.Kinds[event.Kind(f.Type)].Audit {
		return nil, apperr.New(apperr.InvalidRequest).WithField("type").WithDetail("There is no such type of event.")
	}
	rows := model.EventFilter{UserID: f.UserID, Type: f.Type, Types: f.Types, IP: f.IP, RequestID: f.RequestID, Before: f.Before, Limit: f.Limit}
	if !f.From.IsZero() {
		rows.From = batch.Before(f.From)
	}
	if end := batch.Before(f.To); !f.To.IsZero() && (f.Before == "" || end < f.Before) {
		rows.Before = end
	}
	names := []string{f.Pseudonym}
	if !f.Address.IsZero() {
		names = r.Ring.AddressNames(string(f.Address.Kind()), f.Address.Spellings()...)
	}
	return r.list(ctx, rows, names)
}

// list reads by each name of an address: by all at once no index has the order.
func (r *Recorder) list(ctx context.Context, f model.EventFilter, names []string) (all []*model.Event, err error) {
	for _, name := range names {
		f.Address = name
		some, err := r.Events.List(ctx, f)
		if err != nil {
			return nil, apperr.Down(err)
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b *model.Event) int { return cmp.Compare(b.Id, a.Id) })
	return all[:min(f.Limit, len(all))], nil
}

// Network reads a client's address, or the network of one, as the trail keeps it; false
// for what is neither, and for a network that is wider.
func Network(text string) (kept string, ok bool) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		ip, err := netip.ParseAddr(text)
		return network(ip), err == nil
	}
	kept = network(prefix.Addr())
	own, err := netip.ParsePrefix(kept)
	return kept, err == nil && prefix.Bits() >= own.Bits()
}

// Actor says who did what an event tells of, for the user it is about: "administrator",
// "operator", "application", which acts for the user, or "" for the user and for strangers.
// hidden says that network and request are about somebody else, and not for the user.
func Actor(row *model.Event) (by string, hidden bool) {
	switch {
	case row.ActorId != 0:
		return "administrator", true
	case row.Reason == string(event.ByApplication):
		return "application", false
	case row.Actor != "":
		return "operator", true
	}
	return "", false
}

// Pseudonym is what stands for an address in the trail, and in the timelines of messages.
func (r *Recorder) Pseudonym(address address.Address) string {
	return r.Ring.Address(address.Parts()).Current
}

// Purge deletes what is older than the retention, and says how much. Fails with
// model.ErrDenied where the trail may only grow. each may be nil, see batch.Purge.
func (r *Recorder) Purge(ctx context.Context, each func(purged int)) (purged int, err error) {
	return batch.Purge(ctx, r.Now(), r.Retention, r.Events.Purge, each)
}

// Keep implements event.Sink. It adds the time, the client's network and the
// request; the session of the signed-in user where the event is about that user;
// and the signed-in user as the actor where it is about another one.
func (r *Recorder) Keep(ctx context.Context, e event.Event) {
	if event.Kinds[e.Kind].Audit {
		r.writer.Add(pending{r.row(ctx, e), e.Address})
	}
}

// Rows are the rows of events that are to be written together with what happened, and
// not by Keep. Of their users none is event.OfAddress.
func (r *Recorder) Rows(ctx context.Context, events ...event.Event) []*model.Event {
	rows := make([]*model.Event, len(events))
	for i, e := range events {
		rows[i] = r.row(ctx, e)
	}
	return rows
}

func (r *Recorder) row(ctx context.Context, e event.Event) *model.Event {
	now, client := r.Now(), reqctx.ClientFrom(ctx)
	actor := reqctx.ActorFrom(ctx)
	row := &model.Event{
		Actor: actor[:min(len(actor), maxActor)],
		Id:    r.ids.Next(now), At: now.UnixMilli(), Type: string(e.Kind), UserId: e.UserID, SessionId: e.SessionID,
		Ip: network(client.IP), Reason: string(e.Reason), RequestId: client.RequestID[:min(len(client.RequestID), maxRequestID)],
	}
	if !e.Address.IsZero() {
		row.Address = r.Pseudonym(e.Address)
	}
	if p, ok := reqctx.PrincipalFrom(ctx); ok && (e.UserID > 0 || e.Kind == event.AdminRead) {
		switch {
		case p.UserID != e.UserID:
			row.ActorId = p.UserID
		case e.SessionID == "":
			row.SessionId = p.SessionID
		}
	}
	return row
}

// write completes and stores a batch; it may be asked to again.
func (r *Recorder) write(ctx context.Context, batch []pending) error {
	rows, users := make([]*model.Event, 0, len(batch)), map[address.Address]int64{}
	for _, p := range batch {
		if p.row.UserId == event.OfAddress {
			id, known := users[p.address]
			if !known {
				var err error
				if id, err = r.userOf(ctx, p.address); err != nil {
					return err
				}
				users[p.address] = id
			}
			p.row.UserId = id
		}
		rows = append(rows, p.row)
	}
	return r.Events.InsertAll(ctx, rows)
}

func (r *Recorder) userOf(ctx context.Context, address address.Address) (int64, error) {
	if address.IsZero() {
		return 0, nil
	}
	return r.UserOf(ctx, address)
}

// network is what is kept of a client's address: enough to see where an attack
// comes from, too little to tell a household.
func network(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	bits := bits6
	if ip.Is4() {
		bits = bits4
	}
	return netip.PrefixFrom(ip, bits).Masked().String()
}
