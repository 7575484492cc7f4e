package revocation

import (
	"encoding/binary"

	"user-api/internal/base64url"
)

const (
	// cursorVersion is the prefix of a cursor. It identifies cursors of another release.
	cursorVersion = "1"
	cursorBytes   = 24
)

// cursor is a reader's position in the feed. number is the last entry in the order of the
// node that made the cursor. Another node, or this one after a restart, continues from
// since: the reader has everything before it.
type cursor struct {
	node   uint64 // random id of the process
	number uint64
	since  int64 // Unix milliseconds by the database clock; 0 is the beginning
}

var cursorText = base64url.Strict

func (c cursor) String() string {
	raw := make([]byte, 0, cursorBytes)
	raw = binary.BigEndian.AppendUint64(raw, c.node)
	raw = binary.BigEndian.AppendUint64(raw, c.number)
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.since))
	return cursorVersion + cursorText.EncodeToString(raw)
}

// parseCursor parses a cursor. It returns the zero cursor, which starts from the beginning,
// for an invalid cursor or one of another release.
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
