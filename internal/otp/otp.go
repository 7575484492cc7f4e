// Package otp is the challenge: a one-time code asked for, sent, and answered.
//
// A challenge lives in Redis for the life of its code and is found by an
// opaque id of 144 random bits. It is bound to an address, a channel, a purpose
// and, where a signed-in user proves a new address, to that user. Each decision
// about it (issue, resend, verify, claim, report) is one Lua script, so that it
// is atomic over all nodes. Redis holds the address sealed and a keyed digest
// of the code; the code itself is derived again for each send, so a resend
// repeats it. All keys of an address, and on one Redis those of all with the guard's
// buckets, share one hash tag; in a cluster the buckets are in several slots and charged
// one after the other (docs/decisions/0010-slots-by-address.md). Every key has a TTL, by
// which alone time is judged.
//
// Lock: from 10 failures in an hour, and from 30 in a day, whatever the number of
// codes, each puts an address to rest for 15 minutes; after 100 in a row, the cap of
// NIST SP 800-63B-4 section 3.2.2, it gets no codes without a captcha until its owner
// has proven it. Strangers reach each of these sooner than known networks, and one
// network of theirs sooner than all: see lua/lanes.lua and
// docs/decisions/0006-locks.md. A Redis that has lost these counts is given those of an
// address again before it is next asked for: see restore.go.
package otp

import (
	"io"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"
	"golang.org/x/sync/singleflight"

	"user-api/internal/address"
	"user-api/internal/batch"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/redisscript"
)

// What a code may be used for.
const (
	PurposeLogin     Purpose = "login"
	PurposeReset     Purpose = "reset"
	PurposeBindPhone Purpose = "bind-phone"
	PurposeBindEmail Purpose = "bind-email"
	PurposeDelete    Purpose = "delete"
	// purposeNotice is of a message without a code; nothing verifies it.
	purposeNotice Purpose = "notice"
)

const (
	failuresPerHour = 10
	failuresPerDay  = 30
	failuresInARow  = 100
	lockTime        = 15 * time.Minute
	rowLife         = 90 * 24 * time.Hour
	// A network from which an address was proven is known for so long, and so many
	// of them at once.
	networkLife = 30 * 24 * time.Hour
	networks    = 16
	// strangersLive is how many networks that are not known have a live code each for
	// one address and purpose.
	strangersLive = 4

	// A route fails when so many messages in a row did, for its sake; that is known
	// for so long after the last one.
	routeFailures = 2
	routeLife     = 2 * time.Minute
)

type (
	// Purpose is what a code was asked for; it opens nothing else.
	Purpose string

	// Options configure Challenges. Zero values are not filled in.
	Options struct {
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		Rand  io.Reader
		Guard *guard.Guard
		// Spread gives each address a slot by itself, for a Redis Cluster; as Guard's.
		Spread bool
		// Lengths is the number of digits per kind of address.
		Lengths  map[address.Kind]int
		Expire   time.Duration
		Cooldown time.Duration
		// Attempts is how many codes are compared for one challenge.
		Attempts int
		// Outlook tells of messages to come; nil when nothing is known of any.
		Outlook Outlook
		// Channels are those a code can take, by kind of address.
		Channels map[address.Kind][]string
		// Failures keeps the counts of wrong codes for a Redis that loses them.
		Failures Failures
		// Tests have fixed codes up to a day.
		Tests TestIdentities
		// Now is the calendar they, and what Failures keeps, are held against.
		Now func() time.Time
	}

	// Outlook is what is known of the messages of a channel to a country.
	Outlook interface {
		// Expected is how long one takes as a rule, 0 if that is not known.
		Expected(channel, country string) time.Duration
	}

	// Challenges issues and verifies one-time codes.
	Challenges struct {
		Options
		// Of every pepper, the current one first.
		codeKeys, digestKeys, placeKeys []*keyring.MAC

		// cluster says that Redis is one: some nodes may spread it and others not yet.
		cluster bool
		// marks name what is charged in other slots.
		marks *guard.Marks

		restoring singleflight.Group
		vain      *batch.Writer[*vain]
		doubts    doubts
		log       *logx.LessLogger
	}

	// Request asks for a challenge.
	Request struct {
		Address address.Address
		Channel string
		Purpose Purpose
		// Locale is the language of the message: Said says that it was asked for, else it
		// is what the client prefers.
		Locale string
		Said   bool
		// UserID binds the challenge to a signed-in user; 0 for none.
		UserID int64
		// Holder is the user who has the address, 0 for nobody: a hint for who
		// verifies.
		Holder int64
		// Epoch is that of UserID or Holder; the code works in this epoch only.
		Epoch int64
		// Decoy makes a challenge that looks like any other and accepts no code.
		Decoy bool
		// Hidden says that others who ask like this get a decoy, so that what becomes of
		// the message is not told. Of a reset and a deletion it goes without saying.
		Hidden bool
		// Client is who asks; Captcha says that a captcha was solved.
		Client  netip.Addr
		Captcha bool
		// Key is the client's Idempotency-Key, "" without one.
		Key string
	}

	// Ticket is what the asker learns, and the send that is now due.
	Ticket struct {
		ID        string
		Send      int
		Channel   string
		To        string // masked
		ExpiresIn time.Duration
		ResendIn  time.Duration
		// ExpectedIn is how long such a message takes as a rule, 0 if not known.
		ExpectedIn time.Duration

		// vain is what TakeBack undoes.
		vain vain
	}

	// Answer is a code given for a challenge.
	Answer struct {
		ID, Code string
		Purpose  Purpose
		UserID   int64
		Client   netip.Addr
		// AskedWith is the key that the challenge must have been asked for with, "" for
		// any.
		AskedWith string
	}

	// Verified is what a right answer proves.
	Verified struct {
		Address address.Address
		Channel string
		// Holder is who had the address when the code was asked for, 0 for nobody.
		// By now it may be somebody else's.
		Holder int64
		// Epoch was the epoch of Holder, or of the signed-in user, at that time.
		Epoch int64
		// Locale is what the code was asked for with.
		Locale string
		// Returned says that the code was right before and given back, for what it was for
		// failed.
		Returned bool
	}

	// Status tells what became of a challenge's last send.
	Status struct {
		Status, Reason, Channel string
		ExpiresIn, ResendIn     time.Duration
		// ExpectedIn is as Ticket's, while the message is on its way.
		ExpectedIn time.Duration
		// Offer are the other channels to ask for now, once this one has failed
		// for good.
		Offer []string
	}
)

// New returns Challenges with keys derived from the ring. They end with Drain.
func New(o Options) (*Challenges, error) {
	codeKeys, err := o.Ring.MACs("one-time code")
	if err != nil {
		return nil, err
	}
	digestKeys, err := o.Ring.MACs("one-time code digest")
	if err != nil {
		return nil, err
	}
	placeKeys, err := o.Ring.MACs("place of a challenge")
	if err != nil {
		return nil, err
	}
	c := &Challenges{Options: o, codeKeys: codeKeys, digestKeys: digestKeys, placeKeys: placeKeys, log: logx.NewLessLogger(quietMillis)}
	process, err := c.newName()
	if err != nil {
		return nil, err
	}
	c.cluster, c.marks = redisscript.InCluster(o.Redis), guard.NewMarks(process)
	c.vain = c.newVain()
	return c, nil
}

// who stands for an address in keys, as it is counted: the cooldown, the failures and
// the locks are of a mailbox, however its address is spelled, and so is the one code
// that lives for each purpose and network. What a code proves is the address that is
// sealed in its challenge.
func (c *Challenges) who(address address.Address) keyring.Name {
	return c.Ring.Address(string(address.Kind()), address.Counted())
}

// code is that of a challenge, under the pepper it was opened with. It goes by the
// spelling that is sealed, which every node reads alike.
func (c *Challenges) code(id string, purpose Purpose, s secret) string {
	return deriveCode(c.codeKeys[s.pepper], c.Lengths[s.address.Kind()], s.salt, id, string(purpose), s.address.Spelled())
}

// network stands for a client's network in keys.
func (c *Challenges) network(client netip.Addr) keyring.Name {
	return c.Ring.Name("network", guard.Network(client))
}
