package event

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/metric"

	"user-api/internal/reqctx"
)

const (
	// sieveEvery is how often a refusal of one bucket is kept.
	sieveEvery = time.Second
	// sieveCells bounds the memory. Buckets that meet in a cell displace each other,
	// after which one more refusal than is needed is kept; none is lost.
	sieveCells = 4096
)

var suppressed = metric.NewCounterVec(&metric.CounterVecOpts{
	Namespace: "user_api",
	Name:      "events_suppressed_total",
	Help:      "refusals that were not kept, because one of the same bucket was within a second, by kind of event",
	Labels:    []string{"kind"},
})

type (
	// Sieve is a Sink before another one. Of refusals it lets one of a second and
	// bucket through, so that no flood fills what the other one keeps. A bucket is the
	// kind and reason, who asked, and whom the refusal is about; for what a limit
	// refused it is who asked alone. A refused code of a known address always passes:
	// the locks let few of them happen.
	Sieve struct {
		next Sink
		now  func() time.Time
		seed maphash.Seed

		mu    sync.Mutex
		cells [sieveCells]cell
	}

	cell struct {
		bucket uint64
		at     int64 // Unix milliseconds
	}

	// bucket is comparable, and is hashed.
	bucket struct {
		kind               Kind
		reason             Reason
		client, session    string
		address, principal string
		userID             int64
	}
)

// NewSieve returns a Sieve before next.
func NewSieve(next Sink, now func() time.Time) *Sieve {
	return &Sieve{next: next, now: now, seed: maphash.MakeSeed()}
}

// Keep implements Sink.
func (s *Sieve) Keep(ctx context.Context, e Event) {
	if Kinds[e.Kind].Refusal && !(e.Kind == CodeRefused && !e.Address.IsZero()) && !s.first(bucketOf(ctx, e)) {
		suppressed.Inc(string(e.Kind))
		return
	}
	s.next.Keep(ctx, e)
}

// first reports whether none of the bucket was let through within the last second.
func (s *Sieve) first(b bucket) bool {
	sum, now := maphash.Comparable(s.seed, b), s.now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.cells[sum%sieveCells]
	if since := now - c.at; c.bucket == sum && since >= 0 && since < sieveEvery.Milliseconds() {
		return false
	}
	*c = cell{sum, now}
	return true
}

func bucketOf(ctx context.Context, e Event) bucket {
	b := bucket{kind: e.Kind, reason: e.Reason, client: reqctx.ClientFrom(ctx).IP.String()}
	if p, signedIn := reqctx.PrincipalFrom(ctx); signedIn {
		b.principal = p.SessionID
	}
	if e.Kind != Limited {
		b.userID, b.session, b.address = e.UserID, e.SessionID, e.Address.Canonical()
	}
	return b
}
