package revocation

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"user-api/model"
)

const (
	chunkSize = 1024
	// Waiting readers are woken this long after an entry, so that a burst becomes one
	// answer. The delay is a millisecond per waiting reader, so that together they make
	// about a thousand requests a second however many entries there are.
	minGather = 100 * time.Millisecond
	maxGather = 2 * time.Second
)

type (
	// Event is a published entry.
	Event struct {
		ID string
		// At is in Unix milliseconds by the database clock.
		At     int64
		Kind   string
		UserID int64 // 0 for a key
		// SessionID, Role and KeyID are set for the kinds that have them.
		SessionID, Role, KeyID string
	}

	// history holds the published entries without duplicates, in the order in which this
	// node received them, numbered from 1. It is safe for concurrent use.
	history struct {
		mu     sync.Mutex
		seed   maphash.Seed
		seen   map[uint64]struct{} // digests of ids
		chunks []*chunk            // all but the last are full
		head   int                 // number of forgotten rows in the first chunk
		first  uint64              // number of the oldest remaining entry
		next   uint64              // number of the next entry
		// changed is closed and replaced some time after an entry. waking is set while that
		// is about to happen, and waiting counts the readers that wait for it.
		changed chan struct{}
		waking  bool
		waiting int
	}

	// chunk is a part of the history; newest is the latest time in it. The texts of its rows
	// are stored back to back, which takes half the memory of a million strings.
	chunk struct {
		rows   []row
		texts  []byte
		newest int64
	}

	// row is an Event without its texts. These are the id followed by the session, role or
	// key; id and about are the offsets at which they end.
	row struct {
		at, user  int64
		id, about uint32
		kind      kind
	}

	// page is a part of the history.
	page struct {
		events []Event
		last   uint64 // number of the last event, or of the one before the page if it is empty
		more   bool
		// changed is closed once there may be more entries.
		changed <-chan struct{}
	}
)

func newHistory() *history {
	return &history{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}, first: 1, next: 1, changed: make(chan struct{})}
}

// add adds entries and returns those that are published and were new.
func (h *history) add(found []*model.Revocation) (news []*model.Revocation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range found {
		kind, id := kindOf(e), idOf(e)
		if kind == unpublished || id == "" {
			continue
		}
		digest := maphash.String(h.seed, id)
		if _, known := h.seen[digest]; known {
			continue
		}
		h.seen[digest] = struct{}{}
		h.append(row{at: e.At, user: e.UserId, kind: kind}, id, subject(e, kind))
		news = append(news, e)
	}
	heldEntries.Set(float64(h.next - h.first))
	if len(news) > 0 {
		h.wake()
	}
	return news
}

func (h *history) append(r row, id, about string) {
	if len(h.chunks) == 0 || len(h.chunks[len(h.chunks)-1].rows) == chunkSize {
		h.chunks = append(h.chunks, &chunk{rows: make([]row, 0, chunkSize), newest: r.at})
	}
	last := h.chunks[len(h.chunks)-1]
	last.texts = append(last.texts, id...)
	r.id = uint32(len(last.texts))
	last.texts = append(last.texts, about...)
	r.about = uint32(len(last.texts))
	last.rows = append(last.rows, r)
	last.newest = max(last.newest, r.at)
	if len(last.rows) == chunkSize {
		last.texts = slices.Clone(last.texts) // drops the spare capacity of append
	}
	h.next++
}

func (h *history) wake() {
	if h.waking {
		return
	}
	h.waking = true
	gather := min(maxGather, max(minGather, time.Duration(h.waiting)*time.Millisecond))
	time.AfterFunc(gather, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.waking = false
		close(h.changed)
		h.changed = make(chan struct{})
	})
}

// wait adds more, which may be negative, to the number of waiting readers.
func (h *history) wait(more int) {
	h.mu.Lock()
	h.waiting += more
	h.mu.Unlock()
}

// after returns at most limit entries that follow the entry with the given number.
func (h *history) after(number uint64, limit int) page {
	h.mu.Lock()
	defer h.mu.Unlock()
	number = max(number, h.first-1)
	p := page{last: min(h.next-1, number+uint64(limit)), changed: h.changed}
	for n := number + 1; n <= p.last; n++ {
		at := int(n-h.first) + h.head
		p.events = append(p.events, h.chunks[at/chunkSize].event(at%chunkSize))
	}
	p.more = p.last < h.next-1
	return p
}

// holds reports whether everything after the entry with the given number is in the history.
func (h *history) holds(number uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.first <= number+1 && number < h.next
}

// before returns a number after which the history has everything since the given time.
func (h *history) before(at int64) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	number := h.first - 1
	for i, c := range h.chunks {
		rows := c.rows
		if i == 0 {
			rows = rows[h.head:]
		}
		if c.newest < at {
			number += uint64(len(rows))
			continue
		}
		for _, r := range rows {
			if r.at >= at {
				return number
			}
			number++
		}
	}
	return number
}

// forget drops entries that are older than a time, up to the first one that is not.
func (h *history) forget(oldest int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.first < h.next && h.chunks[0].rows[h.head].at < oldest {
		delete(h.seen, maphash.String(h.seed, h.chunks[0].event(h.head).ID))
		h.first++
		if h.head++; h.head == chunkSize {
			h.chunks, h.head = h.chunks[1:], 0
		}
	}
	heldEntries.Set(float64(h.next - h.first))
}

func subject(e *model.Revocation, k kind) string {
	if k == tokenClaimsChange {
		return e.Role
	}
	return e.SessionId
}

func (c *chunk) event(i int) Event {
	var begin uint32
	if i > 0 {
		begin = c.rows[i-1].about
	}
	r := c.rows[i]
	e := Event{ID: string(c.texts[begin:r.id]), At: r.at, Kind: kindNames[r.kind], UserID: r.user}
	about := string(c.texts[r.id:r.about])
	switch r.kind {
	case sessionRevoked:
		e.SessionID = about
	case tokenClaimsChange:
		e.Role = about
	case keyRevoked, keysChanged:
		e.KeyID = about
	}
	return e
}
