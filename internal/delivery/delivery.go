// Package delivery turns "send n of challenge X" into at most one accepted
// message.
//
//	Enqueue ─► asynq on Redis ─► Claim ─► Sender ─► Report
//
// The queue holds only the challenge's id and the number of the send. The content of the
// message, and whether it is still wanted, comes from the challenge store when the attempt
// starts. The store derives the code again and judges its life by its own clock, so no code is
// stored in the queue and no expired code is sent.
//
// A failure is attributed to its Subject: message, recipient, sender, account or server. A
// message is sent again only if the provider certainly did not accept it (a Retryable fault),
// or if the sender is Repeatable. An answer that leaves this open (timeout, lost connection,
// 5xx) ends the send: the code stays valid and the user may request another message. The same
// applies to an attempt whose process was killed. It is recovered some eight seconds later, and
// Claim reports that it was started and never confirmed.
//
// A job or a challenge of a newer release, which this one does not understand, is left to a
// process of that release.
//
// A route lists the providers of a message in order. The next one is tried only if the previous
// one certainly did not accept the message, so no message arrives twice. If a provider fails in
// a channel its circuit opens, and its messages wait as long as their codes live, without using
// up attempts. A provider that stalls occupies at most half of the workers.
//
// Each provider of config.Providers has a package for its sender. Package template holds the
// texts. What messages say is in package template.
package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"user-api/internal/channel"
)

// The channels.
const (
	SMS      Channel = channel.SMS
	WhatsApp Channel = channel.WhatsApp
	Voice    Channel = channel.Voice
	Email    Channel = channel.Email
)

// The states of a send.
const (
	StatusQueued    Status = "queued"
	StatusSent      Status = "sent"
	StatusFailed    Status = "failed"
	StatusDelivered Status = "delivered"
)

var (
	// ErrGone is returned by Claim if there is nothing left to send.
	ErrGone = errors.New("delivery: the challenge is gone")
	// ErrNewer is returned by Claim if only a newer release understands the challenge. The
	// challenge is unchanged.
	ErrNewer = errors.New("delivery: for a newer release")
	// ErrUnconfirmed is returned by Claim if an earlier attempt of the send was started and
	// never reported: the provider may have accepted the message.
	ErrUnconfirmed = errors.New("delivery: an earlier try was not confirmed")
)

type (
	// Channel is the name of a channel as clients spell it.
	Channel string

	// Status is the state of a send as clients see it.
	Status string

	// Outgoing is the content of one send, from the challenge store. It is redacted by every
	// formatting verb and encoder.
	Outgoing struct {
		// To is an E.164 number or an e-mail address.
		To      string
		Channel Channel
		// Country is the ISO 3166 country of a number, empty for an e-mail address.
		Country string
		// Locale is the requested language if Said is set, otherwise what the client prefers:
		// BCP 47 tags, best first, separated by commas; or empty.
		Locale string
		Said   bool
		// UserID is the user who requested it, or who had the address then; 0 for none.
		UserID int64
		// Purpose is the purpose of the code, one of template.Purposes; empty for a notice.
		Purpose string
		// Code is the secret to send; empty for a notice.
		Code string
		// Notice is one of template.Notices, a message without a code; empty for a code.
		Notice string
		// ExpiresIn is the remaining life of the code, greater than 0.
		ExpiresIn time.Duration
		// Decoy means that nothing is sent. A Hidden decoy takes as much time and as many
		// resources as a real send.
		Decoy bool
		// Hidden means that nothing a stranger can observe may disclose whether this send is
		// a decoy.
		Hidden bool
		// Requester is a pseudonym of the requesting network, or empty if it is unknown.
		Requester string
	}

	// Message is one message to one address. It is redacted like Outgoing.
	Message struct {
		// ID is the same for every attempt of a send, and unique otherwise.
		ID      string
		To      string
		Channel Channel
		// Country is as in Outgoing.
		Country string
		// From is the sender that the route requires; empty means the provider's default.
		From string
		// Locale is what the user requested, Language the one Body is written in: BCP 47
		// tags. Locale may be empty.
		Locale, Language string
		// Subject is empty for channels without one.
		Subject string
		Body    string
		// English is Body in English, for a sender without a voice for Language. Only calls
		// have it.
		English string
		// HTML is Body in HTML. Only e-mails have it.
		HTML string
		// Purpose is the purpose of Code, or the notice: one of template.Purposes or
		// template.Notices.
		Purpose string
		// Code is the secret that Body contains; empty for a notice.
		Code      string
		ExpiresIn time.Duration
		// Hidden is as in Outgoing: nothing that strangers can observe may depend on the fate
		// of the message.
		Hidden bool
		// Requester is as in Outgoing.
		Requester string
	}

	// Challenges is the courier's view of the challenge store.
	Challenges interface {
		// Claim marks an attempt as started and returns what to send, or ErrGone (used,
		// expired, superseded or settled), ErrNewer or ErrUnconfirmed. With repeatable set it
		// restarts an unconfirmed send instead. Any other error means that the store is
		// unavailable; Claim is then called again.
		Claim(ctx context.Context, otpID string, send int, repeatable bool) (Outgoing, error)
		// Report records the result of an attempt. StatusSent and StatusFailed settle the
		// send; StatusQueued means that it will be retried. Reports of a send may be out of
		// order when a paused process resumes: StatusSent then overrides StatusFailed.
		Report(ctx context.Context, otpID string, send int, status Status, reason string) error
	}

	// Sender sends messages through a provider. It is safe for concurrent use.
	Sender interface {
		// Name returns a constant word for logs and metrics.
		Name() string
		// Repeatable reports whether sending one Message.ID twice has no second effect.
		Repeatable() bool
		// Send returns nil once the provider has accepted the message, and otherwise a
		// *SendError; any other error counts as Ambiguous. It returns soon after ctx ends.
		Send(ctx context.Context, m Message) error
	}

	// Bounded is a Sender with a timeout of its own.
	Bounded interface {
		// Bound returns the timeout of one call of Send.
		Bound() time.Duration
	}

	// Blocklist remembers the recipients that a provider has blocked for a while.
	Blocklist interface {
		// Blocked reports whether the provider blocks messages to the recipient over the
		// channel. What was learned from hidden messages only affects hidden messages.
		Blocked(ctx context.Context, provider string, m Message) (bool, error)
		// Block records a block for d.
		Block(ctx context.Context, provider string, m Message, d time.Duration) error
	}
)

// Format implements fmt.Formatter: redacted for every verb.
func (o Outgoing) Format(f fmt.State, _ rune) { io.WriteString(f, o.String()) }

// MarshalJSON is redacted.
func (o Outgoing) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }

// String returns only the channel.
func (o Outgoing) String() string { return "outgoing " + string(o.Channel) }

// Format implements fmt.Formatter: redacted for every verb.
func (m Message) Format(f fmt.State, _ rune) { io.WriteString(f, m.String()) }

// MarshalJSON is redacted.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// String returns only the id and the channel.
func (m Message) String() string { return "message " + m.ID + " by " + string(m.Channel) }
