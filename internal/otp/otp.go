// Package otp issues, sends and verifies one-time codes. An open code is a challenge.
//
// A challenge lives in Redis until its code expires and is found by an opaque id of 144
// random bits. It is bound to an address, a channel, a purpose and, when a signed-in user
// proves a new address, to that user. Each decision about it (issue, resend, verify, claim,
// report) is one Lua script and therefore atomic across nodes. Redis holds the encrypted
// address and a keyed digest of the code. The code itself is derived again for each send, so
// a resend repeats it. All keys of an address share one hash tag; on a single Redis all
// addresses and the guard's buckets share it. In a cluster the buckets are in several slots
// and charged one after the other (docs/decisions/0010-slots-by-address.md). Every key has a
// TTL, and only the TTL decides whether it has expired.
//
// Locks: 10 failures in an hour, or 30 in a day, lock an address for 15 minutes, however many
// codes they were spread over. After 100 in a row, the cap of NIST SP 800-63B-4 section
// 3.2.2, it gets no code without a captcha until its owner proves it. Strangers reach each
// limit sooner than known networks do, and a single network of strangers sooner than all
// strangers together: see lua/lanes.lua and docs/decisions/0006-locks.md. If Redis loses
// these counts, those of an address are restored before its next request: see restore.go.
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

// The purposes of a code.
const (
	PurposeLogin     Purpose = "login"
	PurposeReset     Purpose = "reset"
	PurposeBindPhone Purpose = "bind-phone"
	PurposeBindEmail Purpose = "bind-email"
	PurposeDelete    Purpose = "delete"
	// purposeNotice marks a message without a code, which cannot be verified.
	purposeNotice Purpose = "notice"
)

const (
	failuresPerHour = 10
	failuresPerDay  = 30
	failuresInARow  = 100
	lockTime        = 15 * time.Minute
	rowLife         = 90 * 24 * time.Hour
	// A network from which an address was proven stays known for networkLife. An address has
	// at most networks of them.
	networkLife = 30 * 24 * time.Hour
	networks    = 16
	// strangersLive is the number of unknown networks that may each have a live code for one
	// address and purpose.
	strangersLive = 4

	// A route counts as failing after routeFailures failures in a row that were its own
	// fault, for routeLife after the last one.
	routeFailures = 2
	routeLife     = 2 * time.Minute
)

type (
	// Purpose is what a code was requested for. The code is valid for nothing else.
	Purpose string

	// Options configure Challenges. Zero values are not filled in.
	Options struct {
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		Rand  io.Reader
		Guard *guard.Guard
		// Spread gives each address its own slot in a Redis Cluster. It must match Guard's.
		Spread bool
		// Lengths is the number of digits per kind of address.
		Lengths  map[address.Kind]int
		Expire   time.Duration
		Cooldown time.Duration
		// Attempts is the number of codes that are compared for one challenge.
		Attempts int
		// Estimator is optional.
		Estimator Estimator
		// Channels lists the channels a code can take, by kind of address.
		Channels map[address.Kind][]string
		// Failures keeps the failure counts in case Redis loses them.
		Failures Failures
		// Tests have fixed codes and may have an end date.
		Tests TestIdentities
		// Now is the clock for Tests and for the times in Failures.
		Now func() time.Time
	}

	// Estimator estimates how long a message of a channel takes to a country.
	Estimator interface {
		// Expected returns the usual delivery time, or 0 if it is unknown.
		Expected(channel, country string) time.Duration
	}

	// Challenges issues and verifies one-time codes.
	Challenges struct {
		Options
		// Keys derived from each pepper, the current one first.
		codeKeys, digestKeys, placeKeys []*keyring.MAC

		// cluster reports whether Redis is a cluster. Some of its nodes may set Spread before
		// others do.
		cluster bool
		// marks identify charges in other slots.
		marks *guard.Marks

		restoring      singleflight.Group
		rollbackWriter *batch.Writer[*charge]
		pending        rollbacks
		log            *logx.LessLogger
	}

	// Request is a request for a challenge.
	Request struct {
		Address address.Address
		Channel string
		Purpose Purpose
		// Locale is the language of the message. Said reports whether the request named it;
		// otherwise it is the client's preference.
		Locale string
		Said   bool
		// UserID binds the challenge to a signed-in user; 0 means none.
		UserID int64
		// Holder is the user who has the address, or 0 for none. It is a hint for the caller
		// that verifies the code.
		Holder int64
		// Epoch is the epoch of UserID or Holder. The code is valid in this epoch only.
		Epoch int64
		// Decoy makes a challenge that looks like any other but accepts no code.
		Decoy bool
		// Hidden says that the same request for another address gets a decoy, so the fate of
		// the message must not be disclosed. It is implied for a reset and a deletion.
		Hidden bool
		// Client is the caller's IP address. Captcha reports whether a captcha was solved.
		Client  netip.Addr
		Captcha bool
		// Key is the client's Idempotency-Key, or "".
		Key string
	}

	// Ticket is what the caller learns of a granted send, which the caller must now queue.
	Ticket struct {
		ID        string
		Send      int
		Channel   string
		To        string // masked
		ExpiresIn time.Duration
		ResendIn  time.Duration
		// ExpectedIn is the usual delivery time, or 0 if it is unknown.
		ExpectedIn time.Duration

		// charge is what TakeBack undoes.
		charge charge
	}

	// Answer is a code that a client submits for a challenge.
	Answer struct {
		ID, Code string
		Purpose  Purpose
		UserID   int64
		Client   netip.Addr
		// AskedWith is the idempotency key with which the challenge must have been requested,
		// or "" for any.
		AskedWith string
	}

	// Verified is what a correct answer proves.
	Verified struct {
		Address address.Address
		Channel string
		// Holder is the user who had the address when the code was requested, or 0 for none.
		// The address may have changed hands since.
		Holder int64
		// Epoch was the epoch of Holder, or of the signed-in user, at that time.
		Epoch int64
		// Locale is the one the code was requested with.
		Locale string
		// Returned reports whether the code was correct once before and was given back because
		// the operation it authorized failed.
		Returned bool
	}

	// Status is the state of a challenge's last send.
	Status struct {
		Status, Reason, Channel string
		ExpiresIn, ResendIn     time.Duration
		// ExpectedIn is as in Ticket, while the message is on its way.
		ExpectedIn time.Duration
		// Offer lists the other channels the client may use, once this one has failed
		// permanently.
		Offer []string
	}
)

// New returns Challenges with keys derived from the ring. Drain stops them.
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
	c.rollbackWriter = c.newRollbackWriter()
	return c, nil
}

// who returns the pseudonym of an address in keys. It is that of the mailbox, however the
// address is spelled: cooldown, failures, locks and the one live code per purpose and network
// are counted by it. What a code proves is the exact address sealed in its challenge.
func (c *Challenges) who(address address.Address) keyring.Name {
	return c.Ring.Address(string(address.Kind()), address.Counted())
}

// code returns the code of a challenge, derived with the pepper the challenge was opened
// with. It depends on the sealed spelling, which every node reads alike.
func (c *Challenges) code(id string, purpose Purpose, s secret) string {
	return deriveCode(c.codeKeys[s.pepper], c.Lengths[s.address.Kind()], s.salt, id, string(purpose), s.address.Spelled())
}

// network returns the pseudonym of a client's network in keys.
func (c *Challenges) network(client netip.Addr) keyring.Name {
	return c.Ring.Name("network", guard.Network(client))
}
