package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"sync"
)

// MAC makes keyed digests. It keeps the states that a key begins with, which
// cost more to make than a digest does. It is safe for concurrent use.
type MAC struct {
	states sync.Pool
}

// NewMAC returns the MAC of a key.
func NewMAC(key []byte) *MAC {
	return &MAC{states: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// Sum is HMAC-SHA-256 over the parts, each preceded by its length, so that no
// two lists of parts share an input.
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
