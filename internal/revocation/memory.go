// Package revocation is what every node knows of sessions that ended and of users
// that changed, so that a check of an access token asks no store.
//
// The table revocation is the truth: its rows are written in the transaction that
// ends a session, bans or erases a user, or changes a role. Memory holds those that
// an access token can still be affected by. Feed fills it: from the table at the
// start and then each second, and sooner from a Redis stream that carries the same
// entries. A node applies what it writes itself at once.
package revocation

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"user-api/model"
)

// parts is how many steps the memory is dropped in as it gets old.
const parts = 4

type (
	// Memory holds the entries of a window of time. It is safe for concurrent use.
	Memory struct {
		window time.Duration
		now    func() time.Time
		seed   maphash.Seed

		mu sync.RWMutex
		// ended holds digests of session ids, by the part of time the sessions ended in.
		ended map[int64]map[uint64]struct{}
		users map[int64]user
		// keys are the ids of signing keys that were revoked, for good.
		keys map[string]struct{}

		// OnKeys is called when there is news of signing keys, by whoever brings it, who
		// is not to be held up; nil is called by nobody. It is set before there can be any.
		OnKeys func()

		history  *history
		fresh    freshness
		outgoing outbox
	}

	// user is the last change of a user.
	user struct {
		at     time.Time
		role   string // "" if it did not change
		erased bool
		// told is when this was last told by a node, by the clock that only goes
		// forward; the table, if it was read sooner, may not have it yet.
		told time.Duration
	}
)

// NewMemory returns a Memory of entries that are younger than window: the life of
// an access token and whatever leeway it is checked with. elapsed is a clock that
// only goes forward.
func NewMemory(window time.Duration, now func() time.Time, elapsed func() time.Duration) *Memory {
	return &Memory{
		window: window, now: now, seed: maphash.MakeSeed(),
		ended: map[int64]map[uint64]struct{}{}, users: map[int64]user{}, keys: map[string]struct{}{},
		history: newHistory(), fresh: freshness{elapsed: elapsed}, outgoing: newOutbox(),
	}
}

// Told takes in what this node has just written; it is model.Changes.Told.
func (m *Memory) Told(entries []*model.Revocation) {
	m.hear(entries)
	m.outgoing.put(entries)
}

// hear takes in what a node has just written.
func (m *Memory) hear(entries []*model.Revocation) {
	m.publish(entries, func() {
		now, told := m.now(), m.fresh.elapsed()
		for _, e := range entries {
			if e.SessionId != "" {
				m.end(e, now)
				continue
			}
			u := m.users[e.UserId]
			u.change(e, now)
			u.told = told
			m.users[e.UserId] = u
		}
	})
}

// read takes in a page of the table, oldest first, whose reading began at a time. It
// returns the ends that were not known.
func (m *Memory) read(page []*model.AgedRevocation, began time.Duration) (news []*model.Revocation) {
	entries := make([]*model.Revocation, len(page))
	for i, e := range page {
		entries[i] = &e.Revocation
	}
	m.publish(entries, func() {
		now := m.now()
		for _, e := range page {
			at := now.Add(-time.Duration(e.Age) * time.Millisecond)
			if e.SessionId != "" {
				if m.end(&e.Revocation, at) {
					news = append(news, &e.Revocation)
				}
				continue
			}
			u, known := m.users[e.UserId]
			if known && u.told >= began {
				continue // the next reading has what was told
			}
			if u.change(&e.Revocation, at) {
				news = append(news, &e.Revocation)
			}
			m.users[e.UserId] = u
		}
	})
	return news
}

// publish takes in entries, so that they are in force here before anybody reads of them.
func (m *Memory) publish(entries []*model.Revocation, take func()) {
	m.mu.Lock()
	take()
	m.mu.Unlock()
	news := m.history.add(entries)
	if m.OnKeys != nil && slices.ContainsFunc(news, func(e *model.Revocation) bool { return e.UserId == 0 }) {
		m.OnKeys()
	}
}

// KeyRevoked reports whether a signing key was revoked while this process has run, or
// shortly before.
func (m *Memory) KeyRevoked(kid string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, revoked := m.keys[kid]
	return revoked
}

// Ended reports whether a session of a user has ended, and which role the user has
// by now, "" if that of the token still holds. current is false when what is in
// memory may be too old to say no.
func (m *Memory) Ended(sessionID string, userID int64) (ended bool, role string, current bool) {
	id := maphash.String(m.seed, sessionID)
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, part := range m.ended {
		if _, ended := part[id]; ended {
			return true, "", true
		}
	}
	u := m.users[userID]
	return u.erased, u.role, u.erased || m.fresh.current()
}

// end takes in the end of a session, or what became of a key, and reports whether it
// was not known.
func (m *Memory) end(e *model.Revocation, at time.Time) bool {
	if e.UserId == 0 {
		_, known := m.keys[e.SessionId]
		if e.Reason == model.KeyRevoked {
			m.keys[e.SessionId] = struct{}{}
		}
		return !known && e.Reason == model.KeyRevoked
	}
	part := m.part(at)
	if m.ended[part] == nil {
		m.ended[part] = map[uint64]struct{}{}
	}
	id := maphash.String(m.seed, e.SessionId)
	_, known := m.ended[part][id]
	m.ended[part][id] = struct{}{}
	return !known
}

// change takes in an entry of a user and reports whether it changed anything.
func (u *user) change(e *model.Revocation, at time.Time) bool {
	before := *u
	u.at, u.erased = at, u.erased || e.Reason == model.Erased
	if e.Reason == model.RoleChanged {
		u.role = e.Role
	}
	return u.role != before.role || u.erased != before.erased
}

// forget drops what is older than the window.
func (m *Memory) forget() {
	m.history.forget(m.fresh.databaseNow() - m.keep().Milliseconds())
	oldest := m.now().Add(-m.window)
	m.mu.Lock()
	defer m.mu.Unlock()
	for part := range m.ended {
		if part < m.part(oldest) {
			delete(m.ended, part)
		}
	}
	for id, u := range m.users {
		if u.at.Before(oldest) {
			delete(m.users, id)
		}
	}
}

// keep is how long the history goes back: overlap more than what is promised, since a
// cursor is that much behind.
func (m *Memory) keep() time.Duration { return m.window + overlap }

func (m *Memory) part(at time.Time) int64 {
	return at.UnixMilli() / max(1, m.window.Milliseconds()/parts)
}
