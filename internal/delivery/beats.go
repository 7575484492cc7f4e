package delivery

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// beatsKey has the tasks that are worked on, by the time until which they are
	// believed to be. It shares the slot of asynq's keys.
	beatsKey = "ua:beats:{" + queueName + "}"
	// beatEvery is how often a process says which tasks it works on.
	beatEvery = time.Second
	// lease is how long it is believed: some beats may be lost.
	lease = 7 * time.Second
	// silence is how long it takes to know that nobody could say anything.
	silence = 3 * time.Second
)

var (
	//go:embed lua/beats.lua
	beatsLua    string
	beatsScript = redis.NewScript(beatsLua)
)

// running are the tasks that a process works on.
type running struct {
	mu  sync.Mutex
	ids map[string]bool
}

// begin notes a task; end forgets it.
func (r *running) begin(id string) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids[id] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.ids, id)
	}
}

// beat tells Redis what is worked on here, and takes back what a process that was
// killed worked on: whoever claims it next learns whether its try had begun. An
// error is no news: asynq tells of the same trouble.
func (c *Courier) beat() {
	args := []any{queuePrefix + "t:", lease.Milliseconds(), silence.Milliseconds(), time.Minute.Milliseconds()}
	c.running.mu.Lock()
	for id := range c.running.ids {
		args = append(args, id)
	}
	c.running.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	keys := []string{queuePrefix + "active", queuePrefix + "lease", queuePrefix + "pending", beatsKey}
	if back, err := beatsScript.Run(ctx, c.redis, keys, args...).Int(); err == nil && back > 0 {
		takenBack.Add(float64(back))
		logx.Errorf("delivery: %d sends of a process that is gone are taken up", back)
	}
}
