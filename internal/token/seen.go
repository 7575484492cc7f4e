package token

import (
	"strings"
	"sync"
)

// maxSeen bounds the tokens of a generation, of which there are two: some 10 MB in all.
const maxSeen = 8192

type (
	// verified is what was read from a token whose signature was right.
	verified struct {
		access Access
		key    string
	}

	// seen holds tokens that were verified lately, each under its whole text. What is
	// not asked for again while maxSeen others come is forgotten. It is safe for
	// concurrent use.
	seen struct {
		mu         sync.RWMutex
		young, old map[string]verified
	}
)

func (s *seen) get(raw string) (verified, bool) {
	s.mu.RLock()
	v, young := s.young[raw]
	old := false
	if !young {
		v, old = s.old[raw]
	}
	s.mu.RUnlock()
	if old {
		s.put(raw, v)
	}
	return v, young || old
}

func (s *seen) put(raw string, v verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= maxSeen {
		s.old, s.young = s.young, nil
	}
	if s.young == nil {
		s.young = make(map[string]verified, maxSeen/8)
	}
	// The text may be part of a whole request.
	s.young[strings.Clone(raw)] = v
}
