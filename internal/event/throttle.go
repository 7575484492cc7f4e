package event

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"user-api/internal/metrics"
	"user-api/internal/reqctx"
)

const (
	// throttleEvery is how often a refusal of one bucket is kept.
	throttleEvery = time.Second
	// throttleCells bounds the memory. Buckets that share a cell displace each other, so
	// that a few more refusals than necessary are kept. None is lost that should be kept.
	throttleCells = 4096
)

var suppressed = metrics.Counter("user_api_events_suppressed_total",
	"refusals that were not recorded, because one of the same bucket was recorded within a second, by kind of event", "kind")

type (
	// Throttle is a Sink in front of another one. It lets one refusal per second and bucket
	// through, so that a flood does not fill the store of the other sink. A bucket is the
	// kind, the reason, the client, and whom the refusal concerns; for rate limits it is the
	// client alone. A refused code of a known address always passes, because the locks allow
	// only a few.
	Throttle struct {
		next Sink
		now  func() time.Time
		seed maphash.Seed

		mu    sync.Mutex
		cells [throttleCells]cell
	}

	cell struct {
		bucket uint64
		at     int64 // Unix milliseconds
	}

	// bucket is hashed by maphash.Comparable.
	bucket struct {
		kind               Kind
		reason             Reason
		client, session    string
		address, principal string
		userID             int64
	}
)

// NewThrottle returns a Throttle in front of next.
func NewThrottle(next Sink, now func() time.Time) *Throttle {
	return &Throttle{next: next, now: now, seed: maphash.MakeSeed()}
}

// Keep implements Sink.
func (s *Throttle) Keep(ctx context.Context, e Event) {
	if Kinds[e.Kind].Refusal && !(e.Kind == CodeRefused && !e.Address.IsZero()) && !s.first(bucketOf(ctx, e)) {
		suppressed.Inc(string(e.Kind))
		return
	}
	s.next.Keep(ctx, e)
}

// first reports whether no event of the bucket was kept within the last second.
func (s *Throttle) first(b bucket) bool {
	sum, now := maphash.Comparable(s.seed, b), s.now().UnixMilli()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.cells[sum%throttleCells]
	if since := now - c.at; c.bucket == sum && since >= 0 && since < throttleEvery.Milliseconds() {
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
