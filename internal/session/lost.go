package session

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// lostFor is how long a refresh token whose answer was lost may be tried again.
	// It is longer than any failover.
	lostFor  = 24 * time.Hour
	lostTime = 500 * time.Millisecond
	maxLost  = 100_000
	lostKey  = "ua:lost:"
)

// lost remembers the digests of refresh tokens whose answers did not reach the
// client: in this process, and for the other nodes in Redis where it can.
type lost struct {
	redis redis.UniversalClient
	here  *recent[struct{}]
}

func newLost(rdb redis.UniversalClient, now func() time.Time) *lost {
	return &lost{redis: rdb, here: newRecent[struct{}](lostFor, maxLost, now)}
}

// remember outlives the request, which has failed.
func (l *lost) remember(ctx context.Context, digest string) {
	l.here.put(digest, struct{}{})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lostTime)
	defer cancel()
	// Without Redis the client is answered by this node alone.
	_ = l.redis.Set(ctx, lostKey+digest, "1", lostFor).Err()
}

func (l *lost) has(ctx context.Context, digest string) bool {
	if _, here := l.here.get(digest); here {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, lostTime)
	defer cancel()
	found, err := l.redis.Exists(ctx, lostKey+digest).Result()
	return err == nil && found > 0
}
