package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"sync"
)

// MAC computes keyed digests. It pools the initial HMAC states, which cost more to set up
// than a digest does. It is safe for concurrent use.
type MAC struct {
	states sync.Pool
}

// NewMAC returns a MAC that uses key.
func NewMAC(key []byte) *MAC {
	return &MAC{states: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Sum returns HMAC-SHA-256 over the parts. Each part is preceded by its length, so that no
// two lists of parts give the same input.
func (m *MAC) Sum(parts ...string) []byte {
	state := m.states.Get().(hash.Hash)
	defer m.states.Put(state)
	state.Reset()
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		state.Write(size[:])
		io.WriteString(state, part)
	}
	return state.Sum(nil)
}
