// Package delivery turns "send n of challenge X" into at most one accepted
// message.
//
//	Enqueue ─► asynq on Redis ─► Claim ─► Sender ─► Report
//
// The queue holds no more than the challenge's id and the number of the send.
// What to send, and whether it is still wanted, is asked of the challenge store
// at the moment of the try: it derives the code anew and judges the code's life
// by its own clock, so no code is at rest in the queue and no dead code is sent.
//
// A failure is charged to what it tells about (Fault): message, recipient, sender,
// account or server. A message is tried again only when the provider surely did not
// accept it (a Retryable fault), or when the sender is Repeatable. An answer that
// leaves it open (time-out, cut connection, 5xx) ends the send: the code stays valid
// and the user may ask for another message. The same goes for a try whose process
// was killed: it is taken up some eight seconds later, and Claim tells that it began
// and never reported.
//
// A job or a challenge that a newer release has made, and this one does not
// understand, is left for a process of that release.
//
// Which providers a message is offered to, and in which order, is its route: the
// next one is asked only where the one before surely did not accept it, so that
// no message arrives twice. A provider that fails in a channel is left alone for a
// while (circuit): its messages wait as long as their codes live, which is no try.
// One that stalls keeps no more than half of the workers.
//
// The senders are packages of their own, one for each provider of config.Providers.
// What messages say is in package template.
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

// The ways a message can take.
const (
	SMS      Channel = channel.SMS
	WhatsApp Channel = channel.WhatsApp
	Voice    Channel = channel.Voice
	Email    Channel = channel.Email
)

// What became of a send.
const (
	StatusQueued    Status = "queued"
	StatusSent      Status = "sent"
	StatusFailed    Status = "failed"
	StatusDelivered Status = "delivered"
)

var (
	// ErrGone is Claim's answer when nothing is to be sent any more.
	ErrGone = errors.New("delivery: the challenge is gone")
	// ErrNewer is Claim's answer when only a newer release understands the challenge.
	// Nothing is marked.
	ErrNewer = errors.New("delivery: for a newer release")
	// ErrUnconfirmed is Claim's answer when an earlier try of the send began and
	// never reported: the provider may have accepted the message.
	ErrUnconfirmed = errors.New("delivery: an earlier try was not confirmed")
)

type (
	// Channel names the way of a message, as clients spell it.
	Channel string

	// Status is where a send stands, as clients are told.
	Status string

	// Outgoing is what a challenge gives out for one send. It prints masked,
	// whatever the verb or encoder.
	Outgoing struct {
		// To is an E.164 number or an e-mail address.
		To      string
		Channel Channel
		// Country is the ISO 3166 country of a number, empty for an e-mail address.
		Country string
		// Locale is what the user asked for, if Said, and else what the client
		// prefers: BCP 47 tags, best first, separated by commas; or empty.
		Locale string
		Said   bool
		// UserID is the user who asked, or who had the address then; 0 for nobody.
		UserID int64
		// Purpose is what the code is for, one of template.Purposes; empty in a notice.
		Purpose string
		// Code is the secret to send; empty in a notice.
		Code string
		// Notice is one of template.Notices, whose message holds no code; empty for a
		// code.
		Notice string
		// ExpiresIn is what is left of the code's life, more than 0.
		ExpiresIn time.Duration
		// Decoy means that nothing is sent: of a Hidden send while it takes as much
		// time and room as if it were.
		Decoy bool
		// Hidden means that whether this send is a decoy must not show in anything a
		// stranger can see.
		Hidden bool
		// Asker names who asked for it, as far as it is known: the same word for the
		// same network, which tells nothing of it.
		Asker string
	}

	// Message is one message to one address. It prints masked, as Outgoing does.
	Message struct {
		// ID is the same for every try of a send and for no other send.
		ID      string
		To      string
		Channel Channel
		// Country is as Outgoing's.
		Country string
		// From is the sender a route demands; empty for the provider's own.
		From string
		// Locale is what the user asked for, Language what Body is written in:
		// BCP 47 tags, the first perhaps empty.
		Locale, Language string
		// Subject is for channels that have one, else empty.
		Subject string
		Body    string
		// English says what Body says, in English: for a call by a sender that has no
		// voice for Language. For Voice, else empty.
		English string
		// HTML says what Body says; for e-mail, else empty.
		HTML string
		// Purpose is what Code is for, or which notice it is: one of
		// template.Purposes or template.Notices.
		Purpose string
		// Code is the secret that Body holds; empty in a notice.
		Code      string
		ExpiresIn time.Duration
		// Hidden is as Outgoing's: what strangers can see must not be made of what
		// becomes of the message.
		Hidden bool
		// Asker is as Outgoing's.
		Asker string
	}

	// Challenges is the courier's view of the challenge store.
	Challenges interface {
		// Claim marks a try as begun and returns what to send, or ErrGone (used,
		// expired, superseded or settled), ErrNewer or ErrUnconfirmed. With
		// repeatable set it begins an unconfirmed send again instead. Any other
		// error says the store could not be asked; Claim is then called again.
		Claim(ctx context.Context, otpID string, send int, repeatable bool) (Outgoing, error)
		// Report records what became of a try. StatusSent and StatusFailed settle
		// the send; StatusQueued says it will be tried again. Reports of a send
		// may cross when a paused process wakes up: StatusSent then outweighs
		// StatusFailed.
		Report(ctx context.Context, otpID string, send int, status Status, reason string) error
	}

	// Sender hands messages to a provider. It is called by many goroutines.
	Sender interface {
		// Name is a constant word, for logs and metrics.
		Name() string
		// Repeatable tells that sending one Message.ID twice has no second effect.
		Repeatable() bool
		// Send returns nil once the provider has accepted the message, else a
		// *SendError; any other error counts as Ambiguous. It returns soon after
		// ctx ends.
		Send(ctx context.Context, m Message) error
	}

	// Bounded is a Sender whose requests may take another time than the courier's.
	Bounded interface {
		// Bound is how long one call of Send may take.
		Bound() time.Duration
	}

	// Holds remembers the recipients that a provider has blocked for a while.
	Holds interface {
		// Held reports whether the provider holds messages by the channel to the
		// recipient. What was learned of a hidden message is known to those alone.
		Held(ctx context.Context, provider string, m Message) (bool, error)
		// Hold remembers it for so long.
		Hold(ctx context.Context, provider string, m Message, d time.Duration) error
	}
)

// Format implements fmt.Formatter: masked under every verb.
func (o Outgoing) Format(f fmt.State, _ rune) { io.WriteString(f, o.String()) }

// MarshalJSON is masked.
func (o Outgoing) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }

// String tells the channel alone.
func (o Outgoing) String() string { return "outgoing " + string(o.Channel) }

// Format implements fmt.Formatter: masked under every verb.
func (m Message) Format(f fmt.State, _ rune) { io.WriteString(f, m.String()) }

// MarshalJSON is masked.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// String tells the id and the channel alone.
func (m Message) String() string { return "message " + m.ID + " by " + string(m.Channel) }
