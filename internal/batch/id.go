package batch

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// purgeBatch is how many rows one statement looks for.
const purgeBatch = 500

// alphabet spells an id so that it sorts as its bytes: a time in milliseconds
// (48 bits), a number within it (24 bits), and the process (56 bits).
var alphabet = base32.HexEncoding.WithPadding(base32.NoPadding)

// IDs makes ids of rows before they are written. They sort by time, on every
// database alike, and by the order of making within a process; and a batch that
// is written once more, because the answer was lost, is known by them.
type IDs struct {
	mu      sync.Mutex
	process [7]byte
	last    uint64
	number  uint32
}

// NewIDs returns the ids of one process, told from others by rand.
func NewIDs(rand io.Reader) (*IDs, error) {
	s := &IDs{}
	if _, err := io.ReadFull(rand, s.process[:]); err != nil {
		return nil, fmt.Errorf("batch: ids: %w", err)
	}
	return s, nil
}

// Next makes an id. A clock that goes back makes no id that sorts before an
// earlier one.
func (s *IDs) Next(at time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ms := uint64(at.UnixMilli())
	switch {
	case ms > s.last:
		s.last, s.number = ms, 0
	case s.number == 1<<24-1:
		s.last, s.number = s.last+1, 0
	default:
		s.number++
	}
	return encode(s.last, s.number, s.process)
}

// Before is the id that all ids from a time on sort behind, for purging.
func Before(at time.Time) string {
	return encode(uint64(max(0, at.UnixMilli())), 0, [7]byte{})
}

// IDOf is an id of a row that has a time and a number of its own, and no id: always the
// same.
func IDOf(at time.Time, row int64) string {
	var rest [8]byte
	binary.BigEndian.PutUint64(rest[:], uint64(row)>>24)
	return encode(uint64(max(0, at.UnixMilli())), uint32(row)&(1<<24-1), [7]byte(rest[1:]))
}

// Purge deletes, a few at a time by some, the rows that are older than the
// retention, and says how many; a retention of 0 keeps all. After each few it calls
// each, unless that is nil, with how many there have been.
func Purge(ctx context.Context, now time.Time, retention time.Duration, some func(ctx context.Context, before string, limit int) (int, error),
	each func(purged int),
) (purged int, err error) {
	if retention <= 0 {
		return 0, nil
	}
	before := Before(now.Add(-retention))
	for {
		n, err := some(ctx, before, purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
		if each != nil {
			each(purged)
		}
	}
}

func encode(ms uint64, number uint32, process [7]byte) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], ms<<16|uint64(number>>8))
	raw[8] = byte(number)
	copy(raw[9:], process[:])
	return alphabet.EncodeToString(raw[:])
}
