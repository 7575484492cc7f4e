package delivery

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
)

// Where sends are that are not settled, as labels, and asynq's keys for them.
const (
	queueWaiting = "waiting"
	queueRunning = "running"
	queueLater   = "later"
)

// measure puts into the metrics how many sends are queued, on all nodes together, and
// for how long the oldest waits. A queue that cannot be asked is NaN: unknown, and not
// empty.
func (c *Courier) measure() {
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	depths, age, err := c.depths(ctx)
	if err != nil {
		depths, age = map[string]float64{queueWaiting: math.NaN(), queueRunning: math.NaN(), queueLater: math.NaN()}, math.NaN()
	}
	for state, n := range depths {
		queued.Set(n, state)
	}
	queueAge.Set(age)
}

func (c *Courier) depths(ctx context.Context) (byState map[string]float64, age float64, err error) {
	var pending, active, retry *redis.IntCmd
	var oldest *redis.StringCmd
	_, err = c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		pending, active = p.LLen(ctx, queuePrefix+"pending"), p.LLen(ctx, queuePrefix+"active")
		retry = p.ZCard(ctx, queuePrefix+"retry")
		oldest = p.LIndex(ctx, queuePrefix+"pending", -1)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) { // nobody waits
		return nil, 0, err
	}
	byState = map[string]float64{
		queueWaiting: float64(pending.Val()), queueRunning: float64(active.Val()), queueLater: float64(retry.Val()),
	}
	if oldest.Val() == "" {
		return byState, 0, nil
	}
	since, err := c.redis.HGet(ctx, queuePrefix+"t:"+oldest.Val(), "pending_since").Int64()
	if errors.Is(err, redis.Nil) { // it was taken in between
		return byState, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	return byState, max(0, c.now().Sub(time.Unix(0, since)).Seconds()), nil
}
