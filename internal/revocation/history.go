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
	// Who waits is woken this long after an entry, so that a burst is one answer: a
	// millisecond for each who waits, so that they make about a thousand requests a
	// second however many entries there are.
	minGather = 100 * time.Millisecond
	maxGather = 2 * time.Second
)

type (
	// Event is an entry as it is published.
	Event struct {
		ID string
		// At is Unix milliseconds by the clock of the database.
		At     int64
		Kind   string
		UserID int64 // 0 of a key
		// SessionID, Role and KeyID are of the kinds that have them.
		SessionID, Role, KeyID string
	}

	// history holds the entries that are published, each once, in the order in which this
	// node heard of them, and numbers them from 1 on. It is safe for concurrent use.
	history struct {
		mu     sync.Mutex
		seed   maphash.Seed
		seen   map[uint64]struct{} // digests of ids
		chunks []*chunk            // all but the last are full
		head   int                 // how many rows of the first are forgotten
		first  uint64              // the number of the oldest that is kept
		next   uint64              // the number of the next
		// changed is closed, and made anew, some time after an entry; waking says that
		// this is about to happen. waiting is how many wait for it.
		changed chan struct{}
		waking  bool
		waiting int
	}

	// chunk is a part of the history; newest is the greatest time in it. The texts of its
	// rows stand one behind the other, which is half of what a million strings take.
	chunk struct {
		rows   []row
		texts  []byte
		newest int64
	}

	// row is an Event without its texts, the id and behind it the session, role or key:
	// they end at these places.
	row struct {
		at, user  int64
		id, about uint32
		kind      kind
	}

	// page is a part of the history.
	page struct {
		events []Event
		last   uint64 // the number of the last of events, or that of which they are after
		more   bool
		// changed is closed once there may be more.
		changed <-chan struct{}
	}
)

func newHistory() *history {
	return &history{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}, first: 1, next: 1, changed: make(chan struct{})}
}

// add takes in entries and returns those that are published and were not known.
func (h *history) add(entries []*model.Revocation) (news []*model.Revocation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range entries {
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
	logged.Set(float64(h.next - h.first))
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
		last.texts = slices.Clone(last.texts) // without what append has left room for
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

// wait says that one more, or with -1 one less, waits for entries.
func (h *history) wait(more int) {
	h.mu.Lock()
	h.waiting += more
	h.mu.Unlock()
}

// after returns entries behind the one with a number, at most limit.
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

// holds reports whether everything behind the entry with a number is here.
func (h *history) holds(number uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.first <= number+1 && number < h.next
}

// before is a number behind which is everything from a time on.
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

// forget drops what is older than a time, up to the first entry that is not.
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
	logged.Set(float64(h.next - h.first))
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
	e := Event{ID: string(c.texts[begin:r.id]), At: r.at, Kind: names[r.kind], UserID: r.user}
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
