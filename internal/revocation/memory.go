// Package revocation is the feed of ended sessions and changed users. Every node keeps the
// recent part of it in memory, so that a check of an access token queries no store.
//
// The table revocation is the source of truth: its rows are written in the transaction that
// ends a session, bans or erases a user, or changes a role. Memory holds the entries that
// can still affect an access token. Feed fills it from the table at startup and then every
// second, and faster from a Redis stream that carries the same entries. A node applies its
// own writes immediately.
package revocation

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"user-api/model"
)

// parts is the number of portions in which old entries are dropped.
const parts = 4

type (
	// Memory holds the entries of a time window. It is safe for concurrent use.
	Memory struct {
		window time.Duration
		now    func() time.Time
		seed   maphash.Seed

		mu sync.RWMutex
		// ended holds digests of session ids, grouped by the part of time in which the
		// sessions ended.
		ended map[int64]map[uint64]struct{}
		users map[int64]user
		// keys are the ids of revoked signing keys. They are never dropped.
		keys map[string]struct{}

		// OnKeys, if not nil, is called when there is news about signing keys. It must not
		// block and must be set before the first entry arrives.
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
		// heard is when a node last announced a change, on the monotonic clock. A read of
		// the table that began earlier may not contain it.
		heard time.Duration
	}
)

// NewMemory returns a Memory of entries that are younger than window: the lifetime of an
// access token plus the leeway it is checked with. elapsed is a monotonic clock.
func NewMemory(window time.Duration, now func() time.Time, elapsed func() time.Duration) *Memory {
	return &Memory{
		window: window, now: now, seed: maphash.MakeSeed(),
		ended: map[int64]map[uint64]struct{}{}, users: map[int64]user{}, keys: map[string]struct{}{},
		history: newHistory(), fresh: freshness{elapsed: elapsed}, outgoing: newOutbox(),
	}
}

// Apply adds the entries that this node has just committed; it is model.Changes.Told.
func (m *Memory) Apply(entries []*model.Revocation) {
	m.announced(entries)
	m.outgoing.put(entries)
}

// announced adds entries that a node has just committed.
func (m *Memory) announced(entries []*model.Revocation) {
	m.publish(entries, func() {
		now, heard := m.now(), m.fresh.elapsed()
		for _, e := range entries {
			if e.SessionId != "" {
				m.end(e, now)
				continue
			}
			u := m.users[e.UserId]
			u.change(e, now)
			u.heard = heard
			m.users[e.UserId] = u
		}
	})
}

// read adds a page of the table, oldest first; began is when the read began. It returns the
// entries that were new.
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
			if known && u.heard >= began {
				continue // the next read has what was announced
			}
			if u.change(&e.Revocation, at) {
				news = append(news, &e.Revocation)
			}
			m.users[e.UserId] = u
		}
	})
	return news
}

// publish applies entries before it publishes them, so that they are in force here before
// anyone reads them from the feed.
func (m *Memory) publish(entries []*model.Revocation, apply func()) {
	m.mu.Lock()
	apply()
	m.mu.Unlock()
	news := m.history.add(entries)
	if m.OnKeys != nil && slices.ContainsFunc(news, func(e *model.Revocation) bool { return e.UserId == 0 }) {
		m.OnKeys()
	}
}

// KeyRevoked reports whether a signing key was revoked during the life of this process or
// shortly before it.
func (m *Memory) KeyRevoked(kid string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, revoked := m.keys[kid]
	return revoked
}

// Ended reports whether a session of a user has ended. role is the current role of the
// user, or "" if that of the token is still valid. current is false if the memory may be
// too old for a negative answer.
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

// end applies the end of a session or the change of a key, and reports whether it was new.
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

// change applies an entry of a user and reports whether it changed anything.
func (u *user) change(e *model.Revocation, at time.Time) bool {
	before := *u
	u.at, u.erased = at, u.erased || e.Reason == model.Erased
	if e.Reason == model.RoleChanged {
		u.role = e.Role
	}
	return u.role != before.role || u.erased != before.erased
}

// forget drops entries that are older than the window.
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

// keep is how far the history goes back. It is overlap more than promised, because cursors
// lag by that much.
func (m *Memory) keep() time.Duration { return m.window + overlap }

func (m *Memory) part(at time.Time) int64 {
	return at.UnixMilli() / max(1, m.window.Milliseconds()/parts)
}
