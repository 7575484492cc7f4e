package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// The file is the magic line followed by records:
//
//	u32 length of the payload
//	u32 CRC-32C of the four bytes before, so that a damaged length is not
//	    mistaken for a record that is truncated at the end of the file
//	u32 CRC-32C of the payload
//	payload: varint Unix milliseconds, uvarint number of commands, each a
//	    uvarint number of strings, each a uvarint length and the bytes
//
// Numbers of fixed size are little-endian.
const (
	magic      = "user-api redis journal 1\n"
	headerSize = 12
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type (
	// command is a Redis command, its name first.
	command []string

	// entry is a record: commands that took effect together, and the server's time when they did.
	entry struct {
		at   time.Time
		cmds []command
	}
)

// decode passes each record of data to apply. A record that is truncated at the end of the
// data, or zeros up to the end, are left by a kill or a crash during a write that was never
// acknowledged; they are skipped. Anything else that is not a record is an error. whole is the
// end of the last record.
func decode(data []byte, apply func(entry)) (whole int, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return 0, errors.New("this is not a journal of this version; move it away to start empty")
	}
	for len(rest) >= headerSize {
		length := int64(binary.LittleEndian.Uint32(rest))
		if binary.LittleEndian.Uint32(rest[4:]) != crc32.Checksum(rest[:4], castagnoli) {
			if len(bytes.Trim(rest, "\x00")) == 0 {
				break
			}
			return 0, damaged(data, rest)
		}
		if length > int64(len(rest)-headerSize) {
			break
		}
		payload := rest[headerSize : headerSize+length]
		if binary.LittleEndian.Uint32(rest[8:]) != crc32.Checksum(payload, castagnoli) {
			return 0, damaged(data, rest)
		}
		e, ok := parse(payload)
		if !ok {
			return 0, damaged(data, rest)
		}
		apply(e)
		rest = rest[headerSize+length:]
	}
	return len(data) - len(rest), nil
}

func damaged(data, rest []byte) error {
	return fmt.Errorf("damaged at byte %d of %d; restore it, or move it away to start empty",
		len(data)-len(rest), len(data))
}

// encode appends the record of e to buf.
func encode(buf []byte, e entry) []byte {
	start := len(buf)
	buf = append(buf, make([]byte, headerSize)...)
	buf = binary.AppendVarint(buf, e.at.UnixMilli())
	buf = binary.AppendUvarint(buf, uint64(len(e.cmds)))
	for _, cmd := range e.cmds {
		buf = binary.AppendUvarint(buf, uint64(len(cmd)))
		for _, s := range cmd {
			buf = binary.AppendUvarint(buf, uint64(len(s)))
			buf = append(buf, s...)
		}
	}
	header, payload := buf[start:], buf[start+headerSize:]
	binary.LittleEndian.PutUint32(header, uint32(len(payload)))
	binary.LittleEndian.PutUint32(header[4:], crc32.Checksum(header[:4], castagnoli))
	binary.LittleEndian.PutUint32(header[8:], crc32.Checksum(payload, castagnoli))
	return buf
}

// parse parses a payload; ok is false unless it is valid to the last byte. Counts are never
// trusted beyond the available bytes.
func parse(b []byte) (entry, bool) {
	ms, n := binary.Varint(b)
	if n <= 0 {
		return entry{}, false
	}
	e := entry{at: time.UnixMilli(ms)}
	b = b[n:]
	ok := readList(&b, func() bool {
		var cmd command
		ok := readList(&b, func() bool {
			length, n := binary.Uvarint(b)
			if n <= 0 || length > uint64(len(b)-n) {
				return false
			}
			cmd = append(cmd, string(b[n:n+int(length)]))
			b = b[n+int(length):]
			return true
		})
		e.cmds = append(e.cmds, cmd)
		return ok && len(cmd) > 0
	})
	return e, ok && len(b) == 0
}

// readList reads a count from *b and calls item that many times.
func readList(b *[]byte, item func() bool) bool {
	count, n := binary.Uvarint(*b)
	if n <= 0 || count > uint64(len(*b)) {
		return false
	}
	*b = (*b)[n:]
	for range count {
		if !item() {
			return false
		}
	}
	return true
}
