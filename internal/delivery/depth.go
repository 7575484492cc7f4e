package delivery

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
)

// The labels of unsettled sends.
const (
	queueWaiting = "waiting"
	queueRunning = "running"
	queueLater   = "later"
)

// Depth is the number of unsettled sends of all nodes.
type Depth struct {
	Waiting, Running int64
	// Later are those scheduled for a retry.
	Later int64
	// Oldest is how long the oldest one has been waiting.
	Oldest time.Duration
}

// measure updates the metrics of the queue. While Redis is unavailable they are NaN, because
// the queue is unknown and not empty.
func (c *Courier) measure() {
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	waiting, running, later, age := math.NaN(), math.NaN(), math.NaN(), math.NaN()
	if d, err := c.Depth(ctx); err == nil {
		waiting, running, later, age = float64(d.Waiting), float64(d.Running), float64(d.Later), d.Oldest.Seconds()
	}
	queued.Set(waiting, queueWaiting)
	queued.Set(running, queueRunning)
	queued.Set(later, queueLater)
	queueAge.Set(age)
}

// Depth returns the length of the queue.
func (c *Courier) Depth(ctx context.Context) (Depth, error) {
	var pending, active, retry *redis.IntCmd
	var oldest *redis.StringCmd
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		pending, active = p.LLen(ctx, queuePrefix+"pending"), p.LLen(ctx, queuePrefix+"active")
		retry = p.ZCard(ctx, queuePrefix+"retry")
		oldest = p.LIndex(ctx, queuePrefix+"pending", -1)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) { // nothing waits
		return Depth{}, fmt.Errorf("delivery: depth: %w", err)
	}
	d := Depth{Waiting: pending.Val(), Running: active.Val(), Later: retry.Val()}
	if oldest.Val() == "" {
		return d, nil
	}
	since, err := c.redis.HGet(ctx, queuePrefix+"t:"+oldest.Val(), "pending_since").Int64()
	if errors.Is(err, redis.Nil) { // taken in between
		return d, nil
	}
	if err != nil {
		return Depth{}, fmt.Errorf("delivery: depth: %w", err)
	}
	d.Oldest = max(0, c.now().Sub(time.Unix(0, since)))
	return d, nil
}
