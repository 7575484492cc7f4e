// Package receipt accepts the providers' receipts of messages: which of them arrived, which did
// not, and how long that took.
//
//	Ref       is sent with a message and comes back with its receipts
//	Take      assigns a receipt to its challenge and counts it once
//	Arrivals  estimates how long such a message takes
//
// There is no table of messages: an encrypted Ref holds everything that a receipt needs.
// Receipts arrive in any order and more than once. The challenge keeps the most final one, and
// a key per receipt, which lives for a day, makes sure that none is counted twice.
package receipt

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/internal/delivery"
	"user-api/internal/event"
	"user-api/internal/keyring"
)

const (
	sealContext = "receipt"
	separator   = "|"
	refParts    = 7
	// hidden marks a Ref of a hidden message, which must not affect the mean.
	hidden = "hidden"
	maxRef = 512

	seenTTL = 24 * time.Hour
	// maxLatency limits the effect of one late receipt on the mean. No code lives longer.
	maxLatency = 10 * time.Minute
)

// takeScript counts a receipt once, and updates the mean latency of its kind: for the first ten
// deliveries the arithmetic mean, then one in which each new value has a weight of a tenth. A
// mean without updates expires.
// KEYS  seen, mean, and seen under the other name while the secret of names is rotated
// ARGV  life of seen in ms, latency in ms or -1, life of the mean in ms
// reply 1 if the receipt is new
var takeScript = redis.NewScript(`
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 or not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then
  return 0
end
local took = tonumber(ARGV[2])
if took >= 0 then
  local n = redis.call('HINCRBY', KEYS[2], 'n', 1)
  local mean = tonumber(redis.call('HGET', KEYS[2], 'ms') or '0')
  mean = mean + (took - mean) / math.min(n, 10)
  redis.call('HSET', KEYS[2], 'ms', string.format('%.0f', mean))
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 1
`)

var _ delivery.Receipts = (*Receipts)(nil)

type (
	// Challenges is the receipts' view of the challenge store.
	Challenges interface {
		// Receive records a receipt for a send, after a delay if that is greater than 0,
		// unless a more final result is known.
		Receive(ctx context.Context, otpID string, send int, after time.Duration, status delivery.Status, reason string) error
	}

	// Options configure Receipts.
	Options struct {
		Redis      redis.UniversalClient
		Ring       *keyring.Ring
		Challenges Challenges
		// Blocklist is optional.
		Blocklist delivery.Blocklist
		// Refund refunds the charge of a message to an address; it is optional.
		Refund func(ctx context.Context, ch delivery.Channel, to string) error
		// Events receives each outcome once.
		Events event.Sink
		Now    func() time.Time
	}

	// Receipts takes receipts. It is safe for concurrent use.
	Receipts struct {
		Options
	}

	// ref is the content of a Ref.
	ref struct {
		otpID    string
		send     int
		at       time.Time
		channel  delivery.Channel
		provider string
		country  string
		to       string
		hidden   bool
	}
)

// New returns Receipts.
func New(o Options) *Receipts { return &Receipts{Options: o} }

// Ref implements delivery.Receipts. For a number it has about 140 letters, digits, hyphens and
// underscores.
func (s *Receipts) Ref(m delivery.Message, provider string) (string, error) {
	at := strconv.FormatInt(s.Now().UnixMilli(), 36)
	flag := ""
	if m.Hidden {
		flag = hidden
	}
	plain := strings.Join([]string{m.ID, at, string(m.Channel), provider, m.Country, flag, m.To}, separator)
	sealed, err := s.Ring.Seal(sealContext, []byte(plain))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// Take implements delivery.Receipts. It fails with apperr.Unavailable.
func (s *Receipts) Take(ctx context.Context, r delivery.Receipt) error {
	of, err := s.open(r.Ref)
	if err != nil || r.ID == "" {
		return nil // not our message, or sent before the pepper was rotated
	}
	if err := s.Challenges.Receive(ctx, of.otpID, of.send, r.After, r.Status, r.Reason); err != nil {
		return err
	}
	if r.Status == delivery.StatusSent {
		return nil
	}
	if err := s.block(ctx, of, r); err != nil {
		return err
	}
	took := min(max(0, s.Now().Sub(of.at)+r.After), maxLatency)
	isNew, seen, err := s.note(ctx, of, r, took)
	if err != nil || !isNew {
		return err
	}
	if r.Unbilled && s.Refund != nil {
		if err := s.Refund(ctx, of.channel, of.to); err != nil {
			// The provider will repeat the receipt, which must then count as new.
			return errors.Join(err, s.Redis.Del(ctx, seen...).Err())
		}
	}
	count(of, r, took)
	e := event.Event{
		Kind: event.MessageDelivered, OtpID: of.otpID, Send: of.send, Address: event.SentTo(string(of.channel), of.to), Channel: string(of.channel),
		Provider: of.provider, Reason: event.Reason(r.Reason), Code: r.Code, After: r.After,
	}
	if r.Status == delivery.StatusFailed {
		e.Kind = event.MessageFailed
	}
	s.Events.Keep(ctx, e)
	return nil
}

// block records that the provider has blocked the recipient.
func (s *Receipts) block(ctx context.Context, of ref, r delivery.Receipt) error {
	if r.BlockFor == 0 || s.Blocklist == nil {
		return nil
	}
	m := delivery.Message{To: of.to, Channel: of.channel, Hidden: of.hidden}
	if err := s.Blocklist.Block(ctx, of.provider, m, r.BlockFor); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// note reports whether the receipt is new, and returns the keys that mark it as seen. The mean
// is public, so a hidden message must not affect it.
func (s *Receipts) note(ctx context.Context, of ref, r delivery.Receipt, took time.Duration) (isNew bool, seen []string, err error) {
	kind := kindKey(of.provider, of.channel, of.country)
	seen = s.Ring.Name("receipt", r.ID, string(r.Status)).Prefixed(kind + "seen:").All()
	latency := took.Milliseconds()
	if r.Status != delivery.StatusDelivered || of.hidden {
		latency = -1
	}
	n, err := takeScript.Run(ctx, s.Redis, slices.Insert(seen, 1, kind+"mean"),
		seenTTL.Milliseconds(), latency, meanTTL.Milliseconds()).Int()
	if err != nil {
		return false, nil, apperr.Down(err)
	}
	return n == 1, seen, nil
}

func (s *Receipts) open(text string) (r ref, err error) {
	if len(text) > maxRef {
		return ref{}, errors.New("receipt: a reference is too long")
	}
	sealed, err := base64url.Strict.DecodeString(text)
	if err != nil {
		return ref{}, err
	}
	plain, err := s.Ring.Open(sealContext, sealed)
	if err != nil {
		return ref{}, err
	}
	parts := strings.SplitN(string(plain), separator, refParts) // the address may contain a separator
	if len(parts) != refParts {
		return ref{}, errors.New("receipt: malformed reference")
	}
	id, send, _ := strings.Cut(parts[0], ".")
	r = ref{otpID: id, channel: delivery.Channel(parts[2]), provider: parts[3], country: parts[4],
		hidden: parts[5] == hidden, to: parts[6]}
	at, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil {
		return ref{}, err
	}
	r.at = time.UnixMilli(at)
	r.send, err = strconv.Atoi(send)
	return r, err
}

// kindKey returns the key prefix of one kind of message; its keys share a hash tag.
func kindKey(provider string, channel delivery.Channel, country string) string {
	return "ua:receipt:{" + provider + "." + string(channel) + "." + country + "}:"
}
