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

// purgeBatch is the maximum number of rows that one statement deletes.
const purgeBatch = 500

// alphabet encodes ids so that they sort like their bytes: a time in milliseconds (48 bits), a
// counter (24 bits), and the process (56 bits).
var alphabet = base32.HexEncoding.WithPadding(base32.NoPadding)

// IDs creates ids for rows before they are written. They sort by time on every database, and
// within a process by order of creation. They also identify the rows of a batch that is written
// twice because the response to the first attempt was lost.
//
// UUIDv7 is not used: ids must sort with those of rows that are already stored.
type IDs struct {
	mu      sync.Mutex
	process [7]byte
	last    uint64
	number  uint32
}

// NewIDs returns the IDs of one process, which are unique because of rand.
func NewIDs(rand io.Reader) (*IDs, error) {
	s := &IDs{}
	if _, err := io.ReadFull(rand, s.process[:]); err != nil {
		return nil, fmt.Errorf("batch: ids: %w", err)
	}
	return s, nil
}

// Next creates an id. If the clock goes back, ids still sort after all earlier ones.
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

// Before returns an id that sorts after all ids before a time and before all others.
func Before(at time.Time) string {
	return encode(uint64(max(0, at.UnixMilli())), 0, [7]byte{})
}

// IDOf returns the id of a row that has only a time and a number. It is always the same.
func IDOf(at time.Time, row int64) string {
	var rest [8]byte
	binary.BigEndian.PutUint64(rest[:], uint64(row)>>24)
	return encode(uint64(max(0, at.UnixMilli())), uint32(row)&(1<<24-1), [7]byte(rest[1:]))
}

// Purge deletes rows older than the retention, in portions of some, and returns their number.
// A retention of 0 keeps all rows. After each portion it calls each, unless that is nil, with
// the number so far.
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
