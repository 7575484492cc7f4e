// Package export writes everything that is stored about a user as one JSON document
// (docs/export.md). It reads and writes a page at a time, so a hundred thousand events need
// no more memory than one. The last member says that the document is complete; a truncated
// document lacks it.
//
// Data about other people is left out: for an act of an administrator the document says that
// it was one, but neither who nor from where.
package export

import (
	"context"
	"io"
	"iter"
	"time"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/otp"
	"user-api/internal/session"
	"user-api/internal/timeline"
	"user-api/model"
)

// Version is the version of the document format. Adding a member does not change it.
const Version = 1

type (
	// Trail is the audit trail.
	Trail interface {
		List(ctx context.Context, f audit.Filter) ([]*model.Event, error)
		// Pseudonym returns the pseudonym of an address.
		Pseudonym(address address.Address) string
	}

	// Timeline holds the history of messages.
	Timeline interface {
		List(ctx context.Context, before string, limit int, to ...address.Address) ([]timeline.Message, error)
	}

	// Challenges counts wrong codes for an address.
	Challenges interface {
		FailureCounts(ctx context.Context, address address.Address) (otp.FailureCounts, error)
	}

	// Factors holds second factors.
	Factors interface {
		// Rows returns what is stored about a user; the row is nil if there is none.
		Rows(ctx context.Context, userID int64) (*model.Mfa, []*model.RecoveryCode, error)
	}

	// Passkeys holds passkeys.
	Passkeys interface {
		OfUser(ctx context.Context, userID int64) ([]*model.Passkey, error)
	}

	// Options configure an Exporter.
	Options struct {
		Accounts   *account.Accounts
		Sessions   *session.Sessions
		Trail      Trail
		Timeline   Timeline
		Challenges Challenges
		Factors    Factors
		Passkeys   Passkeys
		Now        func() time.Time
	}

	// Exporter writes exports. It is safe for concurrent use.
	Exporter struct {
		Options
	}

	// subject is the user whose data is exported.
	subject struct {
		*model.User
		// session is the requesting session; empty if there is none.
		session   string
		addresses []address.Address
	}

	// section is a member of the document: a value, or a list that is read while it is
	// written.
	section struct {
		name  string
		value func(context.Context, subject) (any, error)
		list  func(context.Context, subject) iter.Seq2[any, error]
	}
)

// New returns an Exporter.
func New(o Options) *Exporter { return &Exporter{Options: o} }

// sections returns the members of the document, in order. Every table with data about users
// must be added here.
func (e *Exporter) sections() []section {
	return []section{
		{name: "user", value: e.user},
		{name: "account", value: e.account},
		{name: "credentials", value: e.credentials},
		{name: "mfa", value: e.mfa},
		{name: "passkeys", value: e.passkeys},
		{name: "origins", value: e.origins},
		{name: "links", value: e.links},
		{name: "addresses", value: e.addresses},
		{name: "sessions", list: e.sessions},
		{name: "messages", list: e.messages},
		{name: "events", list: e.events},
	}
}

// Write writes the export of a user, whose row must come from the database. session is the
// requesting session, or "". It fails with ErrWrite if w fails, otherwise with
// apperr.Unavailable; what has been written then is not a complete document.
func (e *Exporter) Write(ctx context.Context, w io.Writer, user *model.User, session string) error {
	s := subject{User: user, session: session}
	for _, a := range []address.Address{address.Stored(address.KindPhone, user.Phone.String), address.Stored(address.KindEmail, user.Email.String)} {
		if !a.IsZero() {
			s.addresses = append(s.addresses, a)
		}
	}
	d := &writer{to: w}
	d.member("version", Version)
	d.member("exportedAt", e.Now().Unix())
	for _, section := range e.sections() {
		if section.list != nil {
			d.list(section.name, section.list(ctx, s))
			continue
		}
		if d.err == nil {
			value, err := section.value(ctx, s)
			d.fail(err)
			d.member(section.name, value)
		}
	}
	d.member("complete", true)
	d.end()
	return d.err
}
