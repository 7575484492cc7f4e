package revocation

import (
	"encoding/binary"

	"user-api/internal/base64url"
)

const (
	// cursorVersion begins a cursor, so that another release's is known as such.
	cursorVersion = "1"
	cursorBytes   = 24
)

// cursor is up to where somebody has read. It is of the node that made it: number is
// the last entry in the order of that node. Another node, or this one after a restart,
// goes on from since, before which nothing is missing.
type cursor struct {
	node   uint64 // random, of the process
	number uint64
	since  int64 // Unix milliseconds by the clock of the database; 0 is from the beginning
}

var cursorText = base64url.Strict

func (c cursor) String() string {
	raw := make([]byte, 0, cursorBytes)
	raw = binary.BigEndian.AppendUint64(raw, c.node)
	raw = binary.BigEndian.AppendUint64(raw, c.number)
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.since))
	return cursorVersion + cursorText.EncodeToString(raw)
}

// parseCursor reads a cursor. What is none, or one of another release, is the zero
// cursor, of which nothing is known: whoever shows it begins anew.
func parseCursor(text string) cursor {
	if len(text) != len(cursorVersion)+cursorText.EncodedLen(cursorBytes) || text[:len(cursorVersion)] != cursorVersion {
		return cursor{}
	}
	raw, err := cursorText.DecodeString(text[len(cursorVersion):])
	if err != nil || len(raw) != cursorBytes {
		return cursor{}
	}
	return cursor{node: binary.BigEndian.Uint64(raw), number: binary.BigEndian.Uint64(raw[8:]), since: int64(binary.BigEndian.Uint64(raw[16:]))}
}
