package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// probeKey is followed by a number. The names are few because the embedded Redis
	// remembers every key name.
	probeKey = "ua:probe:"
	// probeLife is the TTL of the key, in case the script is interrupted.
	probeLife = 10 * time.Second
	// probeScript writes with a script, as the service does, reads back, and deletes the
	// key.
	probeScript = `redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local there = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return there`
	// probeNames is how many keys are tried to find one for each master of a cluster.
	probeNames = 1024
)

// ErrReadOnly means that Redis answers reads but refuses writes.
var ErrReadOnly = errors.New("store: redis refuses writes")

// TryWrite writes, reads and deletes a key on every master. It fails with ErrReadOnly if a
// master only answers reads.
func (r *Redis) TryWrite(ctx context.Context) error {
	keys, err := r.probeKeys(ctx)
	if err != nil {
		return fmt.Errorf("store: redis: %w", err)
	}
	results := make(chan error, len(keys))
	for _, key := range keys {
		go func() { results <- r.tryWrite(ctx, key) }()
	}
	for range keys {
		err = errors.Join(err, <-results)
	}
	return err
}

func (r *Redis) tryWrite(ctx context.Context, key string) error {
	err := r.Client.Eval(ctx, probeScript, []string{key}, key, probeLife.Milliseconds()).Err()
	var reply redis.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &reply) && r.reads(ctx, key):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	default:
		return fmt.Errorf("store: redis: write: %w", err)
	}
}

func (r *Redis) reads(ctx context.Context, key string) bool {
	err := r.Client.Get(ctx, key).Err()
	return err == nil || errors.Is(err, redis.Nil)
}

// probeKeys returns a key for each master.
func (r *Redis) probeKeys(ctx context.Context) ([]string, error) {
	cluster, ok := r.Client.(*redis.ClusterClient)
	if !ok {
		return []string{probeKey + "0"}, nil
	}
	masters, err := r.masters(ctx)
	if err != nil {
		return nil, err
	}
	missing := map[string]bool{}
	for _, master := range masters {
		missing[master.Options().Addr] = true
	}
	var keys []string
	for i := 0; i < probeNames && len(missing) > 0; i++ {
		key := probeKey + strconv.Itoa(i)
		master, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			return nil, err
		}
		if addr := master.Options().Addr; missing[addr] {
			delete(missing, addr)
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// masters returns the servers that accept writes.
func (r *Redis) masters(ctx context.Context) ([]*redis.Client, error) {
	cluster, ok := r.Client.(*redis.ClusterClient)
	if !ok {
		return []*redis.Client{r.Client.(*redis.Client)}, nil
	}
	var mu sync.Mutex
	var masters []*redis.Client
	err := cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		masters = append(masters, master)
		return nil
	})
	return masters, err
}
