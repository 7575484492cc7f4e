package revocation

import (
	"sync"

	"user-api/model"
)

// maxOutgoing bounds the entries that wait while Redis is down. Dropped entries reach the
// other nodes through the table.
const maxOutgoing = 10_000

// outbox holds the entries that still have to be added to the stream. It is safe for
// concurrent use.
type outbox struct {
	mu      sync.Mutex
	entries []*model.Revocation
	due     chan struct{} // has capacity 1
}

func newOutbox() outbox { return outbox{due: make(chan struct{}, 1)} }

// put adds entries and has them written immediately.
func (o *outbox) put(entries []*model.Revocation) {
	if len(entries) == 0 {
		return
	}
	o.keep(entries)
	select {
	case o.due <- struct{}{}:
	default:
	}
}

// keep adds entries that could not be written. They wait for the next interval: with a Redis
// that refuses them, an immediate retry would repeat without end.
func (o *outbox) keep(entries []*model.Revocation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries = append(o.entries, entries...)
	o.entries = o.entries[max(0, len(o.entries)-maxOutgoing):]
}

func (o *outbox) take() []*model.Revocation {
	o.mu.Lock()
	defer o.mu.Unlock()
	entries := o.entries
	o.entries = nil
	return entries
}
