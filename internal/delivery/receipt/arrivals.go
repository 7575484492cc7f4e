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
	// leastKnown is the number of deliveries that make a reliable mean.
	leastKnown = 5
	// meanAge is how long a mean is cached.
	meanAge = 10 * time.Second
	askTime = time.Second
)

type (
	// Provider is the provider of a message.
	Provider struct {
		Name string
		// HasReceipts reports whether it sends receipts.
		HasReceipts bool
	}

	// ArrivalOptions configure Arrivals.
	ArrivalOptions struct {
		Redis redis.UniversalClient
		// Provider returns the provider for a channel to a country.
		Provider func(channel delivery.Channel, country string) Provider
		Now      func() time.Time
	}

	// Arrivals estimates how long messages take, from the means that Receipts keeps. It is
	// safe for concurrent use.
	Arrivals struct {
		ArrivalOptions

		mu    sync.Mutex
		means map[string]mean
	}

	// mean is the cached mean of one kind of message.
	mean struct {
		took     time.Duration
		at       time.Time
		fetching bool
	}
)

// NewArrivals returns Arrivals.
func NewArrivals(o ArrivalOptions) *Arrivals {
	return &Arrivals{ArrivalOptions: o, means: map[string]mean{}}
}

// Expected returns how long a message to the country usually takes over the channel, or 0 if
// fewer than five deliveries are known. It calls no store: it returns the cached value and
// refreshes an old one in the background.
func (a *Arrivals) Expected(channel, country string) time.Duration {
	p := a.Provider(delivery.Channel(channel), country)
	if !p.HasReceipts {
		return 0
	}
	key := kindKey(p.Name, delivery.Channel(channel), country) + "mean"
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.means[key]
	if !known.fetching && (known.at.IsZero() || a.Now().Sub(known.at) >= meanAge) {
		known.fetching = true
		a.means[key] = known
		threading.GoSafe(func() { a.fetch(key) })
	}
	return known.took
}

// fetch refreshes a mean. After a failure it is refreshed when the cached one would be too old.
func (a *Arrivals) fetch(key string) {
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
