package token

import (
	"strings"
	"sync"
)

// maxCached bounds each of the two generations of the cache: about 10 MB in total.
const maxCached = 8192

type (
	// verified is a parsed token whose signature was valid.
	verified struct {
		access Access
		key    string
	}

	// verifiedCache holds recently verified tokens, keyed by their full text. A token
	// that is not used again while maxCached others arrive is evicted. It is safe for
	// concurrent use.
	verifiedCache struct {
		mu         sync.RWMutex
		young, old map[string]verified
	}
)

func (s *verifiedCache) get(raw string) (verified, bool) {
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

func (s *verifiedCache) put(raw string, v verified) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= maxCached {
		s.old, s.young = s.young, nil
	}
	if s.young == nil {
		s.young = make(map[string]verified, maxCached/8)
	}
	// Clone, because raw may be a substring of a whole request.
	s.young[strings.Clone(raw)] = v
}
