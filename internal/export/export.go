// Package export gives out everything that is held about a user, as one JSON document
// (docs/export.md). It is written while it is read, a page at a time, so it takes as
// little memory for a hundred thousand events as for one. Its last member says that it
// is complete: a document that was cut off has none.
//
// What is held about other people is not in it: of an administrator's act it tells that
// it was one, and neither whose nor from where.
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

// Version is that of the document's form. A member that is added is no new version.
const Version = 1

type (
	// Trail is the audit trail.
	Trail interface {
		List(ctx context.Context, f audit.Filter) ([]*model.Event, error)
		// Pseudonym is what stands for an address in it.
		Pseudonym(address address.Address) string
	}

	// Timeline is what became of messages.
	Timeline interface {
		List(ctx context.Context, before string, limit int, to ...address.Address) ([]timeline.Message, error)
	}

	// Challenges know how many wrong codes were given for an address.
	Challenges interface {
		FailureCounts(ctx context.Context, address address.Address) (otp.FailureCounts, error)
	}

	// Factors are second factors.
	Factors interface {
		// Held is what is kept of a user; the row is nil if there is none.
		Held(ctx context.Context, userID int64) (*model.Mfa, []*model.RecoveryCode, error)
	}

	// Passkeys are those that are kept.
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

	// subject is whose export it is.
	subject struct {
		*model.User
		// session is the one that asks; empty if none does.
		session   string
		addresses []address.Address
	}

	// section is one member of the document: a value, or a list that is read as it is
	// written.
	section struct {
		name  string
		value func(context.Context, subject) (any, error)
		list  func(context.Context, subject) iter.Seq2[any, error]
	}
)

// New returns an Exporter.
func New(o Options) *Exporter { return &Exporter{Options: o} }

// sections are the members of the document in their order. What a new table holds about
// users is added here.
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

// Write writes the export of a user, whose row was read from the database. session is
// the one that asks, or "". It fails with ErrWrite where w does, else with
// apperr.Unavailable; what was written by then is no whole document.
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
