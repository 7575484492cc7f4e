package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// What can be told to other services. The models of users and of sessions tell it: they
// know what a transaction does, whoever began it.
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

// Happened lists them all.
var Happened = []string{
	UserCreated, UserUpdated, UserDeleted, UserBanned, UserUnbanned, UserRoleChanged,
	AddressBound, AddressRemoved, PasswordChanged, SessionCreated, SessionEnded,
}

const (
	// Imported is the reason of UserCreated where a user comes from elsewhere.
	Imported = "imported"
	// Nameless is the reason of UserCreated where a user is anonymous, and what has changed
	// of one who no longer is.
	Nameless = "anonymous"
	// Refused is the reason of SessionEnded where a session was told of, and then not
	// given to anybody.
	Refused = "refused"
	// sessionHold is for how long SessionCreated waits, in milliseconds: a session is
	// written before its user is judged, and may be taken back.
	sessionHold = 2000
	// outboxPage bounds the rows that a statement inserts.
	outboxPage = 100
)

type (
	// Happening is one thing that happened to a user, as other services can be told.
	Happening struct {
		Kind   string
		UserID int64
		// SessionID and Reason are of sessions; Reason is that of a Revocation, or one of
		// those above.
		SessionID, Reason string
		// Role is the one that the user now has.
		Role string
		// Until is when a ban ends, in Unix milliseconds; 0 is never.
		Until int64
		// Changed are the names of what describes the user and has changed.
		Changed []string
		// Phone and Email are the addresses it is about, Replaces tells that another one
		// has given way.
		Phone, Email string
		Replaces     bool
	}

	// Outbox says who is to be told of what.
	Outbox interface {
		// Wants reports whether anybody is to be told of a kind. Where nobody is, a
		// change costs what it costs without an outbox.
		Wants(kind string) bool
		// Rows are what is to be told, a row for each who is. They are written in the
		// transaction of what happened.
		Rows(what ...Happening) ([]*Webhook, error)
		// Written is called when rows may have been committed.
		Written()
	}
)

func (c Changes) wants(kind string) bool { return c.Outbox != nil && c.Outbox.Wants(kind) }

// written tells the outbox of a commit.
func (c Changes) written() {
	if c.Outbox != nil {
		c.Outbox.Written()
	}
}

// tell writes down, in the transaction of what happened, who is to be told of it.
func (c Changes) tell(ctx context.Context, tx sqlx.Session, what ...Happening) error {
	if c.Outbox == nil {
		return nil
	}
	rows, err := c.Outbox.Rows(what...)
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

// ended is what is told of sessions that have ended. Entries about nobody are of keys.
func ended(entries []*Revocation) []Happening {
	var what []Happening
	for _, e := range entries {
		if e.SessionId != "" && e.UserId != 0 {
			what = append(what, Happening{Kind: SessionEnded, UserID: e.UserId, SessionID: e.SessionId, Reason: e.Reason})
		}
	}
	return what
}

// created is what is told of new users.
func created(reason string, users ...*User) []Happening {
	what := make([]Happening, len(users))
	for i, u := range users {
		if u.Anonymous != 0 {
			reason = Nameless
		}
		what[i] = Happening{Kind: UserCreated, UserID: u.Id, Role: u.Role, Reason: reason, Phone: u.Phone.String, Email: u.Email.String}
	}
	return what
}

// ofAddress is what is told of an address of a column.
func ofAddress(kind string, id int64, column UserColumn, value string) Happening {
	h := Happening{Kind: kind, UserID: id}
	if column == UserEmail {
		h.Email = value
	} else {
		h.Phone = value
	}
	return h
}

// updated is what is told of what describes a user.
func updated(id int64, changed ...string) Happening {
	return Happening{Kind: UserUpdated, UserID: id, Changed: changed}
}
