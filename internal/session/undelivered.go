package session

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// undeliveredTTL is how long a refresh token may be retried after its answer was lost. It
	// exceeds any failover.
	undeliveredTTL     = 24 * time.Hour
	undeliveredTimeout = 500 * time.Millisecond
	maxUndelivered     = 100_000
	undeliveredKey     = "ua:lost:"
)

// undelivered remembers the digests of refresh tokens whose answers did not reach the client, in
// this process and, if Redis is available, for the other nodes.
type undelivered struct {
	redis redis.UniversalClient
	local *recent[struct{}]
}

func newUndelivered(rdb redis.UniversalClient, now func() time.Time) *undelivered {
	return &undelivered{redis: rdb, local: newRecent[struct{}](undeliveredTTL, maxUndelivered, now)}
}

// put must succeed although the request has failed.
func (l *undelivered) put(ctx context.Context, digest string) {
	l.local.put(digest, struct{}{})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undeliveredTimeout)
	defer cancel()
	// Without Redis, only this node accepts the retry.
	_ = l.redis.Set(ctx, undeliveredKey+digest, "1", undeliveredTTL).Err()
}

func (l *undelivered) has(ctx context.Context, digest string) bool {
	if _, local := l.local.get(digest); local {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, undeliveredTimeout)
	defer cancel()
	found, err := l.redis.Exists(ctx, undeliveredKey+digest).Result()
	return err == nil && found > 0
}
