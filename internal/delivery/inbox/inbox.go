// Package inbox is a sender that sends nothing. It keeps messages in Redis for an hour, where a
// developer or a test can read them. They are encrypted, so Redis holds no readable code,
// number or text.
//
// Each message has its own key, and a list holds the ids, newest first. All keys share one hash
// tag, for Redis Cluster.
//
// Messages to some numbers fail, are late or arrive twice, according to a script, so that an
// app's reaction to each case can be developed without a provider.
package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/keyring"
)

const (
	// TTL is how long a message is kept.
	TTL = time.Hour
	// Limit is how many messages are kept.
	Limit = 1000

	name          = "inbox"
	idsKey        = "ua:inbox:{box}:ids"
	messagePrefix = "ua:inbox:{box}:m:"
)

// keepScript stores a message unless it exists, and deletes those beyond the limit. It is
// atomic, so a repeated or interrupted send leaves nothing inconsistent.
// KEYS  message, ids
// ARGV  encrypted message, id, TTL in ms, limit, prefix of message keys
var keepScript = redis.NewScript(`
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[3]) then
  return 0
end
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
for _, id in ipairs(redis.call('LRANGE', KEYS[2], ARGV[4], -1)) do
  redis.call('DEL', ARGV[5] .. id)
end
redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
return 1
`)

var _ delivery.Sender = (*Inbox)(nil)

type (
	// Inbox keeps messages. It is safe for concurrent use.
	Inbox struct {
		redis    redis.UniversalClient
		ring     *keyring.Ring
		receipts delivery.Receipts
		now      func() time.Time
	}

	// Message is a kept message. It contains a valid code: show it to a developer and never log
	// it.
	Message struct {
		// ID is the id of the message, as in the records.
		ID      string           `json:"-"`
		To      string           `json:"to"`
		Channel delivery.Channel `json:"channel"`
		Body    string           `json:"body"`
		Otp     string           `json:"otp"`
		// Only e-mails have Subject and HTML.
		Subject string `json:"subject,omitempty"`
		HTML    string `json:"html,omitempty"`
		// At is when the message was first sent, in milliseconds.
		At time.Time `json:"at"`
	}
)

// New returns an inbox. receipts gets the simulated receipts and may be nil. now is the clock.
func New(client redis.UniversalClient, ring *keyring.Ring, receipts delivery.Receipts, now func() time.Time) *Inbox {
	return &Inbox{redis: client, ring: ring, receipts: receipts, now: now}
}

// List returns the kept messages, newest first; if to is not empty, only those to exactly this
// address. It fails with apperr.Unavailable if Redis does.
func (b *Inbox) List(ctx context.Context, to string) ([]Message, error) {
	ids, err := b.ids(ctx, Limit)
	if err != nil {
		return nil, err
	}
	messages, err := b.read(ctx, ids)
	if err != nil || to == "" {
		return messages, err
	}
	return slices.DeleteFunc(messages, func(m Message) bool { return m.To != to }), nil
}

// Since returns the messages after the one with an id, oldest first, but at most the newest
// most. If the id is unknown, it returns the newest most. It fails as List does.
func (b *Inbox) Since(ctx context.Context, id string, most int64) ([]Message, error) {
	ids, err := b.ids(ctx, most)
	if err != nil {
		return nil, err
	}
	if at := slices.Index(ids, id); at >= 0 {
		ids = ids[:at]
	}
	messages, err := b.read(ctx, ids)
	slices.Reverse(messages)
	return messages, err
}

// Get returns the message with an id. It fails with apperr.NotFound, or as List does.
func (b *Inbox) Get(ctx context.Context, id string) (Message, error) {
	messages, err := b.read(ctx, []string{id})
	if err == nil && len(messages) == 0 {
		err = apperr.New(apperr.NotFound)
	}
	if err != nil {
		return Message{}, err
	}
	return messages[0], nil
}

// ids returns the ids of the newest messages, newest first.
func (b *Inbox) ids(ctx context.Context, most int64) ([]string, error) {
	ids, err := b.redis.LRange(ctx, idsKey, 0, most-1).Result()
	if err != nil {
		return nil, apperr.Down(fmt.Errorf("inbox: list: %w", err))
	}
	return ids, nil
}

// read returns the messages with the ids, except those that are gone.
func (b *Inbox) read(ctx context.Context, ids []string) ([]Message, error) {
	messages := []Message{}
	if len(ids) == 0 {
		return messages, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = messagePrefix + id
	}
	values, err := b.redis.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, apperr.Down(fmt.Errorf("inbox: list: %w", err))
	}
	for i, value := range values {
		sealed, ok := value.(string)
		if !ok {
			continue // it expired before its id
		}
		m, err := b.open(ids[i], sealed)
		if errors.Is(err, keyring.ErrUnsealable) {
			continue // encrypted under another pepper
		}
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// Name implements delivery.Sender.
func (b *Inbox) Name() string { return name }

// Repeatable implements delivery.Sender: a message is kept once per ID.
func (b *Inbox) Repeatable() bool { return true }

// Send implements delivery.Sender.
func (b *Inbox) Send(ctx context.Context, m delivery.Message) error {
	s := scriptOf(m)
	if err := b.refuse(ctx, s, m); err != nil {
		return err
	}
	if s.arrives {
		if err := b.keep(ctx, m.ID, m); err != nil {
			return err
		}
	}
	if s.twice {
		if err := b.keep(ctx, m.ID+".twice", m); err != nil {
			return err
		}
	}
	if s.unanswered != (delivery.Fault{}) {
		return s.unanswered.Err()
	}
	return b.tell(ctx, s, m)
}

// keep stores a message under an id.
func (b *Inbox) keep(ctx context.Context, id string, m delivery.Message) error {
	plain, err := json.Marshal(Message{
		To: m.To, Channel: m.Channel, Body: m.Body, Otp: m.Code, Subject: m.Subject, HTML: m.HTML, At: b.now().UTC().Truncate(time.Millisecond),
	})
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	sealed, err := b.ring.Seal(sealContext(id), plain)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	err = keepScript.Run(ctx, b.redis, []string{messagePrefix + id, idsKey},
		sealed, id, TTL.Milliseconds(), Limit, messagePrefix).Err()
	if err != nil {
		return delivery.FaultUnreachable.Because(err)
	}
	return nil
}

func (b *Inbox) open(id, sealed string) (m Message, err error) {
	plain, err := b.ring.Open(sealContext(id), []byte(sealed))
	if err != nil {
		return Message{}, err
	}
	if err := json.Unmarshal(plain, &m); err != nil {
		return Message{}, fmt.Errorf("inbox: a kept message: %w", err)
	}
	m.ID = id
	return m, nil
}

func sealContext(id string) string { return "inbox " + id }
