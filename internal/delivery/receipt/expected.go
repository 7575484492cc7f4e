package receipt

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"time"

	"github.com/zeromicro/go-zero/core/threading"

	"user-api/internal/delivery"
)

const (
	meanTTL = 30 * 24 * time.Hour
	// leastKnown is how many deliveries make a mean that is worth telling.
	leastKnown = 5
	// meanAge is how old a mean may be in the memory of this process.
	meanAge = 10 * time.Second
	askTime = time.Second
)

// mean is what this process remembers of one kind of message.
type mean struct {
	took   time.Duration
	at     time.Time
	asking bool
}

// Expected is how long a message to the country takes by the channel as a rule,
// 0 while fewer than five are known. It asks no store: an old value is given
// while a new one is fetched behind it.
func (s *Receipts) Expected(channel, country string) time.Duration {
	p, ok := s.Providers[delivery.Channel(channel)]
	if !ok || !p.Told {
		return 0
	}
	key := kindKey(p.Name, delivery.Channel(channel), country) + "mean"
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.means[key]
	if !known.asking && (known.at.IsZero() || s.Now().Sub(known.at) >= meanAge) {
		known.asking = true
		s.means[key] = known
		threading.GoSafe(func() { s.ask(key) })
	}
	return known.took
}

// Pretend is after how long a message that is never sent has to look delivered,
// so that it looks like any other; 0 if no message by the channel ever does.
func (s *Receipts) Pretend(channel, country string) time.Duration {
	p := s.Providers[delivery.Channel(channel)]
	if !p.Told {
		return 0
	}
	usual := s.Expected(channel, country)
	if usual == 0 {
		usual = p.Usual
	}
	var b [4]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return usual
	}
	part := float64(binary.BigEndian.Uint32(b[:])) / math.MaxUint32
	return time.Duration(float64(usual) * (0.5 + part))
}

// ask fetches a mean. One that could not be had is asked for again when it would
// be too old.
func (s *Receipts) ask(key string) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	var stored struct {
		N  int   `redis:"n"`
		MS int64 `redis:"ms"`
	}
	err := s.Redis.HMGet(ctx, key, "n", "ms").Scan(&stored)
	s.mu.Lock()
	defer s.mu.Unlock()
	known := mean{took: s.means[key].took, at: s.Now()}
	if err == nil {
		known.took = 0
		if stored.N >= leastKnown {
			known.took = max(time.Millisecond, time.Duration(stored.MS)*time.Millisecond)
		}
	}
	s.means[key] = known
}
