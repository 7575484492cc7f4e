package model

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/keyring"
)

const (
	cacheExpiry = 5 * time.Minute
	// cacheBarrier is how long a changed row is not cached again. It outlives
	// every request, so that a reader who fetched the old row before the change
	// cannot put it back afterwards.
	cacheBarrier = 10 * time.Second
	barrier      = "-"
	keyPrefix    = "ua:row:"
)

// rowCache is the cache behind the generated models, in place of go-zero's own:
// keys are pseudonyms and rows are sealed, so that Redis holds no address in
// clear; when Redis fails the database answers; "not found" is never cached, so
// that a new row is visible at once; and a deleted entry leaves a barrier.
type rowCache struct {
	redis redis.UniversalClient
	ring  *keyring.Ring
	age   *Age
}

type (
	// Age is part of every key, so that what was cached in another one is not read. The
	// zero Age is one as well. It is safe for concurrent use.
	Age struct{ name atomic.Pointer[string] }
)

var _ cache.Cache = (*rowCache)(nil)

// NewRowCache returns the cache that NewUserModel takes.
func NewRowCache(rdb redis.UniversalClient, ring *keyring.Ring, age *Age) cache.Cache {
	return &rowCache{redis: rdb, ring: ring, age: age}
}

// Begin begins an age, by its name.
func (a *Age) Begin(name string) { a.name.Store(&name) }

func (a *Age) prefix() string {
	if name := a.name.Load(); name != nil && *name != "" {
		return keyPrefix + *name + ":"
	}
	return keyPrefix
}

func (c *rowCache) Del(keys ...string) error { return c.DelCtx(context.Background(), keys...) }

// DelCtx replaces the entries by barriers. It never fails: the row is already
// changed, and undoing that for the cache's sake would be worse than an entry
// that shows the old row until it expires. Nothing but what a user is shown of
// themselves depends on it.
func (c *rowCache) DelCtx(ctx context.Context, keys ...string) error {
	pipe := c.redis.Pipeline()
	for _, key := range keys {
		for _, name := range c.name(key).All() { // another node may read by the other one
			pipe.Set(ctx, name, barrier, cacheBarrier)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		logx.WithContext(ctx).Errorf("model: drop cached rows: %v", err)
	}
	return nil
}

func (c *rowCache) Get(key string, val any) error { return c.GetCtx(context.Background(), key, val) }

func (c *rowCache) GetCtx(ctx context.Context, key string, val any) error {
	sealed, err := c.redis.Get(ctx, c.key(key)).Bytes()
	if errors.Is(err, redis.Nil) || string(sealed) == barrier {
		return sqlx.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("model: read cache: %w", err)
	}
	plain, err := c.ring.Open(key, sealed)
	if err != nil {
		return sqlx.ErrNotFound
	}
	if row, ok := val.(encoding.BinaryUnmarshaler); ok && len(plain) > 0 && plain[0] != '{' {
		return row.UnmarshalBinary(plain)
	}
	return json.Unmarshal(plain, val) // of the release before
}

func (c *rowCache) IsNotFound(err error) bool { return errors.Is(err, sqlx.ErrNotFound) }

func (c *rowCache) Set(key string, val any) error { return c.SetCtx(context.Background(), key, val) }

func (c *rowCache) SetCtx(ctx context.Context, key string, val any) error {
	return c.SetWithExpireCtx(ctx, key, val, cacheExpiry)
}

func (c *rowCache) SetWithExpire(key string, val any, expire time.Duration) error {
	return c.SetWithExpireCtx(context.Background(), key, val, expire)
}

// SetWithExpireCtx stores the row unless there is an entry or a barrier.
func (c *rowCache) SetWithExpireCtx(ctx context.Context, key string, val any, expire time.Duration) error {
	plain, err := encode(val)
	if err != nil {
		return fmt.Errorf("model: encode row: %w", err)
	}
	sealed, err := c.ring.Seal(key, plain)
	if err != nil {
		return err
	}
	if err := c.redis.SetNX(ctx, c.key(key), sealed, expire).Err(); err != nil {
		return fmt.Errorf("model: write cache: %w", err)
	}
	return nil
}

func (c *rowCache) Take(val any, key string, query func(any) error) error {
	return c.TakeCtx(context.Background(), val, key, query)
}

func (c *rowCache) TakeCtx(ctx context.Context, val any, key string, query func(any) error) error {
	return c.TakeWithExpireCtx(ctx, val, key, func(v any, _ time.Duration) error { return query(v) })
}

func (c *rowCache) TakeWithExpire(val any, key string, query func(any, time.Duration) error) error {
	return c.TakeWithExpireCtx(context.Background(), val, key, query)
}

// TakeWithExpireCtx answers from the cache, or else from query, and then tries
// to cache that. What the cache cannot do, the query does.
func (c *rowCache) TakeWithExpireCtx(ctx context.Context, val any, key string, query func(any, time.Duration) error) error {
	read := c.GetCtx(ctx, key, val)
	if read == nil {
		return nil
	}
	if err := query(val, cacheExpiry); err != nil {
		return err
	}
	if c.IsNotFound(read) {
		_ = c.SetCtx(ctx, key, val) // an optimisation: the next reader asks the database again
	}
	return nil
}

func encode(val any) ([]byte, error) {
	if row, ok := val.(encoding.BinaryAppender); ok {
		return row.AppendBinary(nil)
	}
	return json.Marshal(val)
}

func (c *rowCache) key(name string) string { return c.age.prefix() + c.ring.Pseudonym("row", name) }

func (c *rowCache) name(key string) keyring.Name {
	return c.ring.Name("row", key).Prefixed(c.age.prefix())
}
