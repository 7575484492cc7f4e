package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Kinds of an OutboxEvent. The models write the events, as they know what a transaction
// changes.
const (
	UserCreated     = "user.created"
	UserUpdated     = "user.updated"
	UserDeleted     = "user.deleted"
	UserBanned      = "user.banned"
	UserUnbanned    = "user.unbanned"
	UserRoleChanged = "user.role_changed"
	AddressBound    = "address.bound"
	AddressRemoved  = "address.removed"
	PasswordChanged = "password.changed"
	SessionCreated  = "session.created"
	SessionEnded    = "session.ended"
)

// OutboxKinds lists all kinds of an OutboxEvent.
var OutboxKinds = []string{
	UserCreated, UserUpdated, UserDeleted, UserBanned, UserUnbanned, UserRoleChanged,
	AddressBound, AddressRemoved, PasswordChanged, SessionCreated, SessionEnded,
}

const (
	// Imported is the reason of UserCreated for an imported user.
	Imported = "imported"
	// Anonymous is the reason of UserCreated for an anonymous user, and the changed field
	// of UserUpdated when the user stops being anonymous.
	Anonymous = "anonymous"
	// Refused is the reason of SessionEnded for a session that was announced but never
	// handed out.
	Refused = "refused"
	// sessionHold is the delay of SessionCreated in milliseconds: a session is written
	// before its user is checked, and may be discarded.
	sessionHold = 2000
	// outboxPage is the maximum number of rows in one INSERT.
	outboxPage = 100
)

type (
	// OutboxEvent is a change of a user or session that other services can subscribe to.
	OutboxEvent struct {
		Kind   string
		UserID int64
		// SessionID and Reason belong to session events. Reason is that of a Revocation or
		// one of the constants above.
		SessionID, Reason string
		// Role is the current role of the user.
		Role string
		// Until is the end of a ban in Unix milliseconds, or 0 if it has no end.
		Until int64
		// Changed lists the names of the changed profile fields.
		Changed []string
		// Phone and Email are the addresses concerned. Replaces reports whether the address
		// replaces another one.
		Phone, Email string
		Replaces     bool
	}

	// Outbox makes the webhook rows for events.
	Outbox interface {
		// Wants reports whether an endpoint subscribes to a kind. If none does, a change
		// costs no more than without an outbox.
		Wants(kind string) bool
		// Rows returns a row for each event and subscribed endpoint. They are written in
		// the transaction of the change.
		Rows(events ...OutboxEvent) ([]*Webhook, error)
		// Written is called after a transaction that may have written rows has committed.
		Written()
	}
)

func (c Changes) wants(kind string) bool { return c.Outbox != nil && c.Outbox.Wants(kind) }

// written notifies the outbox of a commit.
func (c Changes) written() {
	if c.Outbox != nil {
		c.Outbox.Written()
	}
}

// enqueue writes the webhook rows of events in the transaction of the change.
func (c Changes) enqueue(ctx context.Context, tx sqlx.Session, events ...OutboxEvent) error {
	if c.Outbox == nil {
		return nil
	}
	rows, err := c.Outbox.Rows(events...)
	if err != nil {
		return err
	}
	now := c.Clock()
	row := fmt.Sprintf("(?, ?, ?, ?, ?, ?, %s, %[1]s, '%s', %[1]s + ?, 0, 0, '')", now, WebhookPending)
	for page := range slices.Chunk(rows, outboxPage) {
		args := make([]any, 0, 7*len(page))
		for _, w := range page {
			hold := int64(0)
			if w.Type == SessionCreated {
				hold = sessionHold
			}
			args = append(args, w.Event, w.Endpoint, w.UserId, w.SessionId, w.Type, w.Body, hold)
		}
		_, err := tx.ExecCtx(ctx, "insert into `webhook` (`event`, `endpoint`, `user_id`, `session_id`, `type`, `body`, `at`, `since`, "+
			"`state`, `due`, `leased`, `tries`, `result`) values "+strings.TrimSuffix(strings.Repeat(row+", ", len(page)), ", "), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// endedEvents returns the events for sessions that have ended. Entries without a user
// concern signing keys.
func endedEvents(entries []*Revocation) []OutboxEvent {
	var events []OutboxEvent
	for _, e := range entries {
		if e.SessionId != "" && e.UserId != 0 {
			events = append(events, OutboxEvent{Kind: SessionEnded, UserID: e.UserId, SessionID: e.SessionId, Reason: e.Reason})
		}
	}
	return events
}

// createdEvents returns the events for new users.
func createdEvents(reason string, users ...*User) []OutboxEvent {
	events := make([]OutboxEvent, len(users))
	for i, u := range users {
		if u.Anonymous != 0 {
			reason = Anonymous
		}
		events[i] = OutboxEvent{Kind: UserCreated, UserID: u.Id, Role: u.Role, Reason: reason, Phone: u.Phone.String, Email: u.Email.String}
	}
	return events
}

// addressEvent returns an event about the address in a column.
func addressEvent(kind string, id int64, column UserColumn, value string) OutboxEvent {
	h := OutboxEvent{Kind: kind, UserID: id}
	if column == UserEmail {
		h.Email = value
	} else {
		h.Phone = value
	}
	return h
}

// updatedEvent returns the event for changed profile fields.
func updatedEvent(id int64, changed ...string) OutboxEvent {
	return OutboxEvent{Kind: UserUpdated, UserID: id, Changed: changed}
}
