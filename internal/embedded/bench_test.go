package embedded_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func BenchmarkRedis(b *testing.B) {
	ctx := context.Background()
	_, client := start(b, b.TempDir(), time.Now)
	client.Set(ctx, "k", "value", time.Hour)
	script := redis.NewScript(`
		local n = redis.call('INCR', KEYS[1])
		if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
		return n`)
	script.Run(ctx, client, []string{"n"}, 60000)
	for name, do := range map[string]func() error{
		"GET":     func() error { return client.Get(ctx, "k").Err() },
		"SET":     func() error { return client.Set(ctx, "k", "value", time.Hour).Err() },
		"EVALSHA": func() error { return script.EvalSha(ctx, client, []string{"n"}, 60000).Err() },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := do(); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
