package authz

import (
	"strings"
	"sync"
	"time"
)

type (
	// memory is the content of the feed: which sessions ended and how users changed.
	memory struct {
		now   func() time.Time
		first chan struct{} // closed once the feed has been read

		mu      sync.RWMutex
		state   state
		revoked map[string]struct{} // kids; never dropped
		known   time.Time           // until when the knowledge is complete; zero before the first read
		keep    time.Duration       // how far back the feed goes, 0 until it says so
		pruned  time.Time
		rebuilt *state // while the pages after a reset are read
	}

	state struct {
		sessions map[string]time.Time // when their end became known here
		users    map[int64]user
	}

	// user is how a user changed. The ids are those of the entries, which order the entries
	// about a user.
	user struct {
		role, roleID     string
		barred           bool // disabled or purged
		purged           bool
		barredID         string
		roleAt, barredAt time.Time // when it became known here
	}

	// sight is what memory knows about a token.
	sight struct {
		keyRevoked, ended bool
		role              string // "" if it has not changed
		now               time.Time
		keep              time.Duration // how far back the feed goes, 0 if it is not known
		behind            time.Duration // huge until the feed has been read
	}
)

func newState() state {
	return state{sessions: map[string]time.Time{}, users: map[int64]user{}}
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, first: make(chan struct{}), state: newState(), revoked: map[string]struct{}{}, pruned: now()}
}

// look returns what is known about the session, user and key of a token.
func (m *memory) look(t *token) (s sight) {
	now := m.now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, s.keyRevoked = m.revoked[t.key.kid]
	if t.user {
		_, s.ended = m.state.sessions[t.principal.SessionID]
		u := m.state.users[t.principal.UserID]
		s.ended = s.ended || u.barred
		s.role = u.role
	}
	s.now, s.keep, s.behind = now, m.keep, since(now, m.known)
	return s
}

// late reports whether something that ended more than lateAfter ago may be unknown.
func (s sight) late() bool { return s.behind > lateAfter }

// behind returns the age of the knowledge.
func (m *memory) behind() (time.Duration, bool) {
	now := m.now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return max(since(now, m.known), 0), !m.known.IsZero()
}

// page applies an answer to a request that was sent at a time, and reports whether keys have
// changed. After a reset the new state replaces the old one once all pages have been read;
// until then both are updated. Revoked keys survive a reset, and so do verified tokens, which
// contain nothing from the feed.
func (m *memory) page(p *page, sent time.Time) (keys bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.keep = time.Duration(p.Keep) * time.Second
	if p.Reset {
		begun := newState()
		m.rebuilt = &begun
	}
	for _, e := range p.Events {
		m.state.apply(e, now)
		if m.rebuilt != nil {
			m.rebuilt.apply(e, now)
		}
		switch e.Kind {
		case kindKeyRevoked:
			_, known := m.revoked[e.KeyID]
			m.revoked[e.KeyID], keys = struct{}{}, keys || !known
		case kindKeysChanged:
			keys = true
		}
	}
	if p.More {
		return keys
	}
	until := knownUntil(sent, now, p)
	if m.rebuilt != nil {
		m.state, m.rebuilt, m.known = *m.rebuilt, nil, until
	} else if until.After(m.known) {
		m.known = until
	}
	m.prune(now)
	select {
	case <-m.first:
	default:
		close(m.first)
	}
	return keys
}

// knownUntil returns the local time until which the knowledge is complete after an answer.
// The answer was created after its request was sent and held for as long as it says, and it
// lacks only what happened within its age.
func knownUntil(sent, received time.Time, p *page) time.Time {
	made := sent.Add(time.Duration(p.Waited) * time.Millisecond)
	if made.After(received) {
		made = received
	}
	return made.Add(-time.Duration(p.Age) * time.Millisecond)
}

// since returns the time between two instants. If the monotonic clock and the wall clock
// differ, for example after the machine was suspended, it returns the longer one.
func since(now, then time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}

// apply applies an entry. The entry may have been applied before.
func (s *state) apply(e event, now time.Time) {
	if e.Kind == kindSessionRevoked {
		if _, known := s.sessions[e.SessionID]; e.SessionID != "" && !known {
			s.sessions[e.SessionID] = now
		}
		return
	}
	if e.UserID <= 0 {
		return
	}
	u := s.users[e.UserID]
	switch e.Kind {
	case kindClaimsChange:
		if e.Role == "" || !newer(e.ID, u.roleID) {
			return
		}
		u.role, u.roleID, u.roleAt = e.Role, e.ID, now
	case kindDisabled, kindEnabled, kindPurged:
		if u.purged || !newer(e.ID, u.barredID) {
			return
		}
		u.barred, u.purged = e.Kind != kindEnabled, e.Kind == kindPurged
		u.barredID, u.barredAt = e.ID, now
	default:
		return
	}
	s.users[e.UserID] = u
}

// newer reports whether an id is greater than another. Numeric ids are compared as numbers.
func newer(id, than string) bool {
	if digits(id) && digits(than) {
		id, than = strings.TrimLeft(id, "0"), strings.TrimLeft(than, "0")
		if len(id) != len(than) {
			return len(id) > len(than)
		}
	}
	return id > than
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// prune drops entries that can no longer affect a valid token, at most once a minute.
func (m *memory) prune(now time.Time) {
	const often = time.Minute
	if now.Sub(m.pruned) < often {
		return
	}
	m.pruned = now
	oldest := now.Add(-m.keep - 2*leeway)
	for id, at := range m.state.sessions {
		if at.Before(oldest) {
			delete(m.state.sessions, id)
		}
	}
	for id, u := range m.state.users {
		if u.roleAt.Before(oldest) && u.barredAt.Before(oldest) {
			delete(m.state.users, id)
		}
	}
}
