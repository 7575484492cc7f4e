package guard

import (
	"context"
	_ "embed"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/redisscript"
)

//go:embed lua/levels.lua
var levelsLua string

var levelsScript = redis.NewScript(Lua() + levelsLua)

// Level is the usage of a limit.
type Level struct {
	Class Class
	// Used and Most are numbers of messages, or micro-USD.
	Used, Most int64
	Window     time.Duration
}

// Levels returns the usage of the limits of a message, for each class that of the fullest one.
// It charges nothing. It fails with apperr.Unavailable.
func (g *Guard) Levels(ctx context.Context, s Send) ([]Level, error) {
	byTag, tags := map[string]Plan{}, []string{}
	for _, b := range g.ForSend(s).Buckets {
		p, ok := byTag[tagOf(b.Key)]
		if !ok {
			p, tags = newPlan(s.Client), append(tags, tagOf(b.Key))
		}
		p.Buckets = append(p.Buckets, b)
		byTag[tagOf(b.Key)] = p
	}
	var levels []Level
	for _, tag := range tags {
		p := byTag[tag]
		sums, err := redisscript.Run(ctx, g.Redis, levelsScript, []string{p.Buckets[0].Key}, p.Encode())
		if err != nil {
			return nil, apperr.Down(err)
		}
		for _, b := range p.Buckets {
			for _, r := range b.Rates {
				used, _ := sums[0].(int64)
				sums = sums[1:]
				levels = fuller(levels, Level{r.Class, used, r.Limit, time.Duration(r.Size*int64(r.Slots)) * time.Millisecond}, r.Amount)
			}
		}
	}
	return levels, nil
}

// fuller adds a level, unless its class has a fuller one. A limit that is not charged has no
// level.
func fuller(levels []Level, l Level, amount int64) []Level {
	if amount == 0 {
		return levels
	}
	for i, other := range levels {
		if other.Class == l.Class {
			if l.Used*other.Most > other.Used*l.Most {
				levels[i] = l
			}
			return levels
		}
	}
	return append(levels, l)
}
