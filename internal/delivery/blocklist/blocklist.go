// Package blocklist remembers, in Redis, the recipients that a provider has blocked for a
// while, so that no node sends messages for them to the provider during that time.
package blocklist

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/keyring"
)

const prefix = "ua:hold:"

var _ delivery.Blocklist = (*Blocklist)(nil)

// Blocklist holds the blocks. It is safe for concurrent use.
type Blocklist struct {
	redis redis.UniversalClient
	ring  *keyring.Ring
}

// New returns a Blocklist.
func New(client redis.UniversalClient, ring *keyring.Ring) *Blocklist {
	return &Blocklist{client, ring}
}

// Blocked implements delivery.Blocklist.
func (b *Blocklist) Blocked(ctx context.Context, provider string, m delivery.Message) (bool, error) {
	keys := b.keys(provider, m, false)
	if m.Hidden {
		keys = append(keys, b.keys(provider, m, true)...)
	}
	for _, key := range keys { // one at a time: they are in different slots
		n, err := b.redis.Exists(ctx, key).Result()
		if err != nil {
			return false, fmt.Errorf("blocklist: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Block implements delivery.Blocklist. Blocks learned from hidden messages have separate keys,
// because they would disclose to others that there was a message.
func (b *Blocklist) Block(ctx context.Context, provider string, m delivery.Message, d time.Duration) error {
	if err := b.redis.Set(ctx, b.keys(provider, m, m.Hidden)[0], "1", d).Err(); err != nil {
		return fmt.Errorf("blocklist: %w", err)
	}
	return nil
}

// keys returns the key with this node's name first, and that of the other nodes while the
// secret of names is rotated.
func (b *Blocklist) keys(provider string, m delivery.Message, hidden bool) []string {
	return b.ring.Name("hold", provider, string(m.Channel), m.To, fmt.Sprint(hidden)).Prefixed(prefix).All()
}
