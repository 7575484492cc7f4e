// Package hold remembers the recipients that a provider has blocked for a while, so
// that it is not asked about them again in that time. It is in Redis, for all nodes.
package hold

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/keyring"
)

const prefix = "ua:hold:"

var _ delivery.Holds = (*Holds)(nil)

// Holds remembers. It is safe for concurrent use.
type Holds struct {
	redis redis.UniversalClient
	ring  *keyring.Ring
}

// New returns Holds.
func New(client redis.UniversalClient, ring *keyring.Ring) *Holds { return &Holds{client, ring} }

// Held implements delivery.Holds.
func (h *Holds) Held(ctx context.Context, provider string, m delivery.Message) (bool, error) {
	keys := h.keys(provider, m, false)
	if m.Hidden {
		keys = append(keys, h.keys(provider, m, true)...)
	}
	for _, key := range keys { // one by one: they are in different slots
		n, err := h.redis.Exists(ctx, key).Result()
		if err != nil {
			return false, fmt.Errorf("hold: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Hold implements delivery.Holds. What is learned of a hidden message has a name of
// its own: others could see by it that there was one.
func (h *Holds) Hold(ctx context.Context, provider string, m delivery.Message, d time.Duration) error {
	if err := h.redis.Set(ctx, h.keys(provider, m, m.Hidden)[0], "1", d).Err(); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// keys has this node's name first, and that of the other nodes while the secret of
// names is changed.
func (h *Holds) keys(provider string, m delivery.Message, hidden bool) []string {
	return h.ring.Name("hold", provider, string(m.Channel), m.To, fmt.Sprint(hidden)).Prefixed(prefix).All()
}
