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
	// cacheBarrier is how long a changed row is not cached again. It is longer than any
	// request, so a reader that fetched the old row before the change cannot cache it
	// afterwards.
	cacheBarrier = 10 * time.Second
	barrier      = "-"
	keyPrefix    = "ua:row:"
)

// rowCache is the cache behind the generated models. It replaces go-zero's own cache:
// keys are pseudonyms and rows are encrypted, so Redis holds no address in clear text;
// reads fall back to the database when Redis fails; "not found" is never cached, so a new
// row is visible immediately; and deleting an entry leaves a barrier.
type rowCache struct {
	redis      redis.UniversalClient
	ring       *keyring.Ring
	generation *CacheGeneration
}

// CacheGeneration is part of every cache key, so that entries of another generation are
// not read. The zero value is valid. It is safe for concurrent use.
type CacheGeneration struct{ name atomic.Pointer[string] }

var _ cache.Cache = (*rowCache)(nil)

// NewRowCache returns the cache for NewUserModel and NewProfileModel.
func NewRowCache(rdb redis.UniversalClient, ring *keyring.Ring, generation *CacheGeneration) cache.Cache {
	return &rowCache{redis: rdb, ring: ring, generation: generation}
}

// Begin starts the generation with the given name.
func (g *CacheGeneration) Begin(name string) { g.name.Store(&name) }

func (g *CacheGeneration) prefix() string {
	if name := g.name.Load(); name != nil && *name != "" {
		return keyPrefix + *name + ":"
	}
	return keyPrefix
}

func (c *rowCache) Del(keys ...string) error { return c.DelCtx(context.Background(), keys...) }

// DelCtx replaces the entries with barriers. It never fails: the row has already changed,
// and rolling that back would be worse than an entry that shows the old row until it
// expires. Only what users see about themselves is read from the cache.
func (c *rowCache) DelCtx(ctx context.Context, keys ...string) error {
	pipe := c.redis.Pipeline()
	for _, key := range keys {
		for _, name := range c.name(key).All() { // another node may use the other name
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
	return json.Unmarshal(plain, val) // an entry of an older release
}

func (c *rowCache) IsNotFound(err error) bool { return errors.Is(err, sqlx.ErrNotFound) }

func (c *rowCache) Set(key string, val any) error { return c.SetCtx(context.Background(), key, val) }

func (c *rowCache) SetCtx(ctx context.Context, key string, val any) error {
	return c.SetWithExpireCtx(ctx, key, val, cacheExpiry)
}

func (c *rowCache) SetWithExpire(key string, val any, expire time.Duration) error {
	return c.SetWithExpireCtx(context.Background(), key, val, expire)
}

// SetWithExpireCtx stores the row unless an entry or a barrier exists.
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

// TakeWithExpireCtx reads the row from the cache, or else with query, and then tries to
// cache the result. If the cache fails, it uses query.
func (c *rowCache) TakeWithExpireCtx(ctx context.Context, val any, key string, query func(any, time.Duration) error) error {
	read := c.GetCtx(ctx, key, val)
	if read == nil {
		return nil
	}
	if err := query(val, cacheExpiry); err != nil {
		return err
	}
	if c.IsNotFound(read) {
		_ = c.SetCtx(ctx, key, val) // best effort: on failure the next reader queries the database
	}
	return nil
}

func encode(val any) ([]byte, error) {
	if row, ok := val.(encoding.BinaryAppender); ok {
		return row.AppendBinary(nil)
	}
	return json.Marshal(val)
}

func (c *rowCache) key(name string) string {
	return c.generation.prefix() + c.ring.Pseudonym("row", name)
}

func (c *rowCache) name(key string) keyring.Name {
	return c.ring.Name("row", key).Prefixed(c.generation.prefix())
}
