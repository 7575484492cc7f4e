package receipt

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
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

type (
	// Provider is who sends messages.
	Provider struct {
		Name string
		// Told reports whether it gives receipts.
		Told bool
	}

	// ArrivalOptions configure Arrivals.
	ArrivalOptions struct {
		Redis redis.UniversalClient
		// Provider says who sends by a channel to a country.
		Provider func(channel delivery.Channel, country string) Provider
		Now      func() time.Time
	}

	// Arrivals knows how long messages usually take, from the means that Receipts
	// keeps. It is safe for concurrent use.
	Arrivals struct {
		ArrivalOptions

		mu    sync.Mutex
		means map[string]mean
	}

	// mean is what this process remembers of one kind of message.
	mean struct {
		took   time.Duration
		at     time.Time
		asking bool
	}
)

// NewArrivals returns Arrivals.
func NewArrivals(o ArrivalOptions) *Arrivals {
	return &Arrivals{ArrivalOptions: o, means: map[string]mean{}}
}

// Expected is how long a message to the country takes by the channel as a rule,
// 0 while fewer than five are known. It asks no store: an old value is given
// while a new one is fetched behind it.
func (a *Arrivals) Expected(channel, country string) time.Duration {
	p := a.Provider(delivery.Channel(channel), country)
	if !p.Told {
		return 0
	}
	key := kindKey(p.Name, delivery.Channel(channel), country) + "mean"
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.means[key]
	if !known.asking && (known.at.IsZero() || a.Now().Sub(known.at) >= meanAge) {
		known.asking = true
		a.means[key] = known
		threading.GoSafe(func() { a.ask(key) })
	}
	return known.took
}

// ask fetches a mean. One that could not be had is asked for again when it would
// be too old.
func (a *Arrivals) ask(key string) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	var stored struct {
		N  int   `redis:"n"`
		MS int64 `redis:"ms"`
	}
	err := a.Redis.HMGet(ctx, key, "n", "ms").Scan(&stored)
	a.mu.Lock()
	defer a.mu.Unlock()
	known := mean{took: a.means[key].took, at: a.Now()}
	if err == nil {
		known.took = 0
		if stored.N >= leastKnown {
			known.took = max(time.Millisecond, time.Duration(stored.MS)*time.Millisecond)
		}
	}
	a.means[key] = known
}
