// Package audit is the sink that keeps what happened to whom: sign-ins and failed sign-ins,
// codes, passwords, addresses, bans and roles, and what a limit rejected. The trail is
// append-only. It holds keyed pseudonyms instead of addresses and networks instead of
// clients. Of an erased account only the number remains, which identifies nobody.
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

// The prefix lengths to which client addresses are reduced.
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
	// Filter selects the events that List returns. Zero values select all.
	Filter struct {
		UserID int64
		Type   string
		// Address selects by an address, Pseudonym by its pseudonym.
		Address   address.Address
		Pseudonym string
		// IP is the network of a client, as returned by Network.
		IP        string
		RequestID string
		// From is the earliest time; To is the first time that is excluded.
		From, To time.Time
		// Types selects several types.
		Types []string
		// Before is the id of the last event of the previous page.
		Before string
		Limit  int
	}

	// Options configure a Recorder.
	Options struct {
		Events model.EventModel
		Ring   *keyring.Ring
		// UserOf returns the user of an address, or 0 if there is none.
		UserOf func(context.Context, address.Address) (int64, error)
		// Retention is how long events are kept; 0 means forever.
		Retention time.Duration
		Now       func() time.Time
		Rand      io.Reader
	}

	// Recorder stores events. It is safe for concurrent use.
	Recorder struct {
		Options

		ids    *batch.IDs
		writer *batch.Writer[pending]
	}

	// pending is an event that is not yet written. Its address exists only in memory.
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

// Drain writes the recorded events. It must be called last.
func (r *Recorder) Drain(ctx context.Context) error { return r.writer.Drain(ctx) }

// List returns events, newest first. It fails with apperr.InvalidRequest for an unknown
// type.
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

// list queries each name of an address separately, because no index covers several in order.
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

// Network parses a client address or network and reduces it to the network that the trail
// keeps. It reports false for anything else and for a wider network.
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

// Actor returns who caused an event, from the point of view of the user concerned:
// "administrator", "operator", "application", which acts for the user, or "" for the user
// and for strangers. hidden reports whether the network and the request belong to somebody
// else and must not be shown to the user.
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

// Pseudonym returns the pseudonym of an address in the trail and in the timelines.
func (r *Recorder) Pseudonym(address address.Address) string {
	return r.Ring.Address(address.Parts()).Current
}

// Purge deletes events older than the retention and returns how many. It fails with
// model.ErrDenied if the database allows only appending. each may be nil, see batch.Purge.
func (r *Recorder) Purge(ctx context.Context, each func(purged int)) (purged int, err error) {
	return batch.Purge(ctx, r.Now(), r.Retention, r.Events.Purge, each)
}

// Keep implements event.Sink. It adds the time, the client's network and the request. If
// the event concerns the signed-in user it adds the session, otherwise the signed-in user as
// the actor.
func (r *Recorder) Keep(ctx context.Context, e event.Event) {
	if event.Kinds[e.Kind].Audit {
		r.writer.Add(pending{r.row(ctx, e), e.Address})
	}
}

// Rows returns the rows of events that the caller writes in the transaction of the change.
// No UserID may be event.OfAddress.
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
	row.Address = r.Pseudonym(e.Address)
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

// write completes and stores a batch. It may be called again with the same batch.
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

// network reduces a client address to what is kept: enough to see where an attack comes
// from, too little to identify a household.
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
