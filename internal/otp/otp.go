// Package otp is the challenge: a one-time code asked for, sent, and answered.
//
// A challenge lives in Redis for the life of its code and is found by an
// opaque id of 128 random bits. It is bound to an address, a channel, a purpose
// and, where a signed-in user proves a new address, to that user. Each decision
// about it (issue, resend, verify, claim, report) is one Lua script, so that it
// is atomic over all nodes. Redis holds the address sealed and a keyed digest
// of the code; the code itself is derived again for each send, so a resend
// repeats it. All keys of one address share a hash tag, for Redis Cluster, and
// every key has a TTL, by which alone time is judged.
//
// Lock: after 10 failures in an hour an address rests for 15 minutes, after 30
// in a day for the rest of that day, whatever the number of codes (NIST SP
// 800-63B-4 section 3.2.2 caps guesses at 100).
package otp

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/identity"
	"user-api/internal/keyring"
)

// What a code may be used for.
const (
	PurposeLogin     Purpose = "login"
	PurposeReset     Purpose = "reset"
	PurposeBindPhone Purpose = "bind-phone"
	PurposeBindEmail Purpose = "bind-email"
	// purposeNotice is of a message without a code; nothing verifies it.
	purposeNotice Purpose = "notice"
)

const (
	noticeLife = time.Hour

	failuresPerHour = 10
	failuresPerDay  = 30
	lockTime        = 15 * time.Minute
	tagBytes        = 2
	idBytes         = tagBytes + 16
)

type (
	// Purpose is what a code was asked for; it opens nothing else.
	Purpose string

	// Options configure Challenges. Zero values are not filled in.
	Options struct {
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		Rand  io.Reader
		// Lengths is the number of digits per kind of address.
		Lengths  map[identity.Kind]int
		Expire   time.Duration
		Cooldown time.Duration
		// Attempts is how many codes are compared for one challenge.
		Attempts int
		// Tests have fixed codes up to a day; Now is the calendar they are held
		// against, and needed with them only.
		Tests TestIdentities
		Now   func() time.Time
	}

	// Challenges issues and verifies one-time codes.
	Challenges struct {
		Options
		codeKey, digestKey []byte
	}

	// Request asks for a challenge.
	Request struct {
		Address identity.Address
		Channel string
		Purpose Purpose
		Locale  string
		// UserID binds the challenge to a signed-in user; 0 for none.
		UserID int64
		// Client is who asks; it matters for test identities alone.
		Client netip.Addr
		// Decoy makes a challenge that looks like any other and accepts no code.
		Decoy bool
	}

	// Ticket is what the asker learns, and the send that is now due.
	Ticket struct {
		ID        string
		Send      int
		Channel   string
		To        string // masked
		ExpiresIn time.Duration
		ResendIn  time.Duration
	}

	// Answer is a code given for a challenge.
	Answer struct {
		ID, Code string
		Purpose  Purpose
		UserID   int64
	}

	// Verified is what a right answer proves.
	Verified struct {
		Address identity.Address
		Channel string
	}

	// Status tells what became of a challenge's last send.
	Status struct {
		Status, Reason, Channel string
		ExpiresIn, ResendIn     time.Duration
	}
)

// New returns Challenges with keys derived from the ring.
func New(o Options) (*Challenges, error) {
	codeKey, err := o.Ring.Key("one-time code")
	if err != nil {
		return nil, err
	}
	digestKey, err := o.Ring.Key("one-time code digest")
	if err != nil {
		return nil, err
	}
	return &Challenges{Options: o, codeKey: codeKey, digestKey: digestKey}, nil
}

// Issue opens a challenge for the address. Fails with apperr.RateLimited while
// the address cools down or rests, and apperr.Unavailable without Redis.
func (c *Challenges) Issue(ctx context.Context, r Request) (Ticket, error) {
	who := c.who(r.Address)
	id, prefix, err := c.newID(who)
	if err != nil {
		return Ticket{}, err
	}
	address, err := c.Ring.Seal("challenge "+id, []byte(r.Address.Canonical()))
	if err != nil {
		return Ticket{}, err
	}
	code := c.code(id, r.Purpose, r.Address)
	fixed, mute := c.fixed(r.Address, r.Client)
	if mute {
		code, r.Decoy = fixed, r.Decoy || fixed == ""
	}
	reply, err := run(ctx, c.Redis, issueScript,
		[]string{prefix + "c:" + id, live(prefix, r.Purpose, r.UserID, who), prefix + "cool:" + who, prefix + "lock:" + who},
		c.Expire.Milliseconds(), c.Cooldown.Milliseconds(), prefix+"c:", id,
		"who", who, "address", address, "channel", r.Channel,
		"purpose", string(r.Purpose), "user", r.UserID, "locale", r.Locale, "decoy", r.Decoy, "mute", mute,
		"digest", digest(c.digestKey, id, code), "tries", 0, "sends", 1, "status", "queued", "reason", "")
	if err != nil {
		return Ticket{}, err
	}
	if reply.number(0) == 0 {
		return Ticket{}, apperr.New(apperr.RateLimited).WithRetryAfter(reply.millis(1))
	}
	if r.UserID != 0 {
		if err := c.index(ctx, r.UserID, id); err != nil {
			return Ticket{}, err
		}
	}
	return Ticket{ID: id, Send: 1, Channel: r.Channel, To: r.Address.Masked(), ExpiresIn: c.Expire, ResendIn: c.Cooldown}, nil
}

// Resend makes one more send of the same code due. Fails with apperr.NotFound
// when the challenge is gone, and as Issue does.
func (c *Challenges) Resend(ctx context.Context, id string) (Ticket, error) {
	prefix, ok := prefixOf(id)
	if !ok {
		return Ticket{}, apperr.New(apperr.NotFound)
	}
	reply, err := run(ctx, c.Redis, resendScript, []string{prefix + "c:" + id}, c.Cooldown.Milliseconds(), prefix)
	if err != nil {
		return Ticket{}, err
	}
	switch reply.number(0) {
	case -1:
		return Ticket{}, apperr.New(apperr.NotFound)
	case 0:
		return Ticket{}, apperr.New(apperr.RateLimited).WithRetryAfter(reply.millis(1))
	}
	address, err := c.open(id, reply.text(4))
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{
		ID: id, Send: int(reply.number(1)), Channel: reply.text(3), To: address.Masked(),
		ExpiresIn: reply.millis(2), ResendIn: c.Cooldown,
	}, nil
}

// Status tells what became of the message. Fails with apperr.NotFound when the
// challenge is gone.
func (c *Challenges) Status(ctx context.Context, id string) (Status, error) {
	prefix, ok := prefixOf(id)
	if !ok {
		return Status{}, apperr.New(apperr.NotFound)
	}
	reply, err := run(ctx, c.Redis, statusScript, []string{prefix + "c:" + id}, prefix)
	if err != nil {
		return Status{}, err
	}
	if len(reply) == 0 {
		return Status{}, apperr.New(apperr.NotFound)
	}
	status := reply.text(0)
	if status == "sending" {
		status = "queued"
	}
	return Status{
		Status: status, Reason: reply.text(1), Channel: reply.text(2),
		ExpiresIn: reply.millis(3), ResendIn: max(0, reply.millis(4)),
	}, nil
}

// Verify counts the try and, if the answer is right, consumes the challenge.
// Every refusal is apperr.OtpInvalid, with the tries left while the challenge
// lives; a resting address gets apperr.RateLimited.
func (c *Challenges) Verify(ctx context.Context, a Answer) (Verified, error) {
	prefix, ok := prefixOf(a.ID)
	if !ok {
		return Verified{}, apperr.New(apperr.OtpInvalid)
	}
	reply, err := run(ctx, c.Redis, verifyScript, []string{prefix + "c:" + a.ID},
		prefix, digest(c.digestKey, a.ID, a.Code), string(a.Purpose), a.UserID,
		c.Attempts, failuresPerHour, lockTime.Milliseconds(), failuresPerDay)
	if err != nil {
		return Verified{}, err
	}
	switch reply.text(0) {
	case "ok":
		address, err := c.open(a.ID, reply.text(1))
		if err != nil {
			return Verified{}, err
		}
		return Verified{Address: address, Channel: reply.text(2)}, nil
	case "locked":
		return Verified{}, apperr.New(apperr.RateLimited).WithRetryAfter(reply.millis(1))
	case "wrong":
		if left := int(reply.number(1)); left > 0 {
			return Verified{}, apperr.New(apperr.OtpInvalid).WithAttemptsLeft(left)
		}
	}
	return Verified{}, apperr.New(apperr.OtpInvalid)
}

// who stands for an address in keys.
func (c *Challenges) who(address identity.Address) string {
	return c.Ring.Pseudonym("address", string(address.Kind()), address.Canonical())
}

func (c *Challenges) code(id string, purpose Purpose, address identity.Address) string {
	return deriveCode(c.codeKey, c.Lengths[address.Kind()], id, string(purpose), address.Canonical())
}

// newID makes an id whose first bytes are the address's hash tag, so that the
// id alone leads to the slot of the address's keys.
func (c *Challenges) newID(who string) (id, prefix string, err error) {
	tag, err := hex.DecodeString(who[:2*tagBytes])
	if err != nil {
		return "", "", fmt.Errorf("otp: %w", err)
	}
	raw := make([]byte, idBytes)
	copy(raw, tag)
	if _, err := io.ReadFull(c.Rand, raw[tagBytes:]); err != nil {
		return "", "", fmt.Errorf("otp: new id: %w", err)
	}
	id = base64.RawURLEncoding.EncodeToString(raw)
	prefix, _ = prefixOf(id)
	return id, prefix, nil
}

func (c *Challenges) open(id, sealed string) (identity.Address, error) {
	plain, err := c.Ring.Open("challenge "+id, []byte(sealed))
	if err != nil {
		return identity.Address{}, fmt.Errorf("otp: address of a challenge: %w", err)
	}
	return identity.Restore(string(plain))
}

// live is the key of the one challenge an address has for a purpose; where
// users prove an address, each has one, so that none voids another's.
func live(prefix string, purpose Purpose, userID int64, who string) string {
	return fmt.Sprintf("%slive:%s:%d:%s", prefix, purpose, userID, who)
}

func prefixOf(id string) (string, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != idBytes {
		return "", false
	}
	return "ua:otp:{" + hex.EncodeToString(raw[:tagBytes]) + "}:", true
}
