package authz

import (
	"strings"
	"sync"
	"time"
)

type (
	// memory is what the feed has told: which sessions ended, and how users changed.
	memory struct {
		now   func() time.Time
		first chan struct{} // closed once the feed was read

		mu      sync.RWMutex
		state   state
		revoked map[string]struct{} // kids; kept for good
		known   time.Time           // everything until then is known; zero before the first reading
		keep    time.Duration       // how far back the feed remembers, 0 until it tells
		pruned  time.Time
		rebuilt *state // while the pages of a new beginning are read
	}

	state struct {
		sessions map[string]time.Time // when it was told here that they ended
		users    map[int64]user
	}

	// user is what changed about one. The ids are those of the entries, by which
	// entries about the same user are in order.
	user struct {
		role, roleID      string
		barred            bool // disabled or purged
		purged            bool
		barredID          string
		toldRole, toldBar time.Time
	}

	// sight is what memory tells of a token.
	sight struct {
		keyRevoked, ended bool
		role              string // "" if it did not change
		now               time.Time
		keep              time.Duration // how far back the feed remembers, 0 if it has not told
		behind            time.Duration // for ever, before the feed was read
	}
)

func newState() state {
	return state{sessions: map[string]time.Time{}, users: map[int64]user{}}
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, first: make(chan struct{}), state: newState(), revoked: map[string]struct{}{}, pruned: now()}
}

// look tells what became of a token's session, user and key.
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

// late reports whether what ended more than lateAfter ago may be unknown.
func (s sight) late() bool { return s.behind > lateAfter }

// behind is how old the knowledge is.
func (m *memory) behind() (time.Duration, bool) {
	now := m.now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	return max(since(now, m.known), 0), !m.known.IsZero()
}

// page takes in an answer of the feed, which was sent for at a time, and reports whether
// keys changed. A new beginning takes the place of what was known once all of its pages
// are there; until then both hold. Verified tokens outlive it, for they have nothing that
// the feed tells, and revoked keys.
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

// knownUntil is the time up to which everything is known after an answer, by the clock
// here: the answer was made after its request was sent and held as long as it says, and
// had everything but what happened in its last age.
func knownUntil(sent, received time.Time, p *page) time.Time {
	made := sent.Add(time.Duration(p.Waited) * time.Millisecond)
	if made.After(received) {
		made = received
	}
	return made.Add(-time.Duration(p.Age) * time.Millisecond)
}

// since is the time between two. Where the clock that only goes forward and the wall
// clock differ, as after the machine was asleep, it is the longer one.
func since(now, then time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
}

// apply takes in an entry, which may have come before.
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
		u.role, u.roleID, u.toldRole = e.Role, e.ID, now
	case kindDisabled, kindEnabled, kindPurged:
		if u.purged || !newer(e.ID, u.barredID) {
			return
		}
		u.barred, u.purged = e.Kind != kindEnabled, e.Kind == kindPurged
		u.barredID, u.toldBar = e.ID, now
	default:
		return
	}
	s.users[e.UserID] = u
}

// newer reports whether an entry's id is the greater one. Ids that are numbers are
// compared as such.
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

// prune forgets what no living token can be affected by, now and then.
func (m *memory) prune(now time.Time) {
	const often = time.Minute
	if now.Sub(m.pruned) < often {
		return
	}
	m.pruned = now
	oldest := now.Add(-m.keep - 2*leeway)
	for id, told := range m.state.sessions {
		if told.Before(oldest) {
			delete(m.state.sessions, id)
		}
	}
	for id, u := range m.state.users {
		if u.toldRole.Before(oldest) && u.toldBar.Before(oldest) {
			delete(m.state.users, id)
		}
	}
}
