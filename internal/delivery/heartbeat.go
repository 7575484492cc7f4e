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
	// heartbeatKey holds the running tasks by the end of their lease. It shares the slot of
	// asynq's keys.
	heartbeatKey = "ua:beats:{" + queueName + "}"
	// heartbeatEvery is the interval at which a process reports its running tasks.
	heartbeatEvery = time.Second
	// lease is how long a heartbeat is valid. Some heartbeats may be lost.
	lease = 7 * time.Second
	// silence is the gap after which no process can have sent heartbeats.
	silence = 3 * time.Second
)

var (
	//go:embed lua/heartbeat.lua
	heartbeatLua    string
	heartbeatScript = redis.NewScript(heartbeatLua)
)

// running holds the tasks that are running in this process.
type running struct {
	mu  sync.Mutex
	ids map[string]bool
}

// begin adds a task; end removes it.
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

// heartbeat reports the running tasks to Redis and requeues those of killed processes. The next
// Claim reports whether their attempts had started. Errors are ignored because asynq reports
// the same trouble.
func (c *Courier) heartbeat() {
	args := []any{queuePrefix + "t:", lease.Milliseconds(), silence.Milliseconds(), time.Minute.Milliseconds()}
	c.running.mu.Lock()
	for id := range c.running.ids {
		args = append(args, id)
	}
	c.running.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	keys := []string{queuePrefix + "active", queuePrefix + "lease", queuePrefix + "pending", heartbeatKey}
	if back, err := heartbeatScript.Run(ctx, c.redis, keys, args...).Int(); err == nil && back > 0 {
		takenBack.Add(float64(back))
		logx.Errorf("delivery: recovered %d sends of a killed process", back)
	}
}
