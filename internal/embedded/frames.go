package embedded

import (
	"bytes"
	"errors"
	"net"
	"strconv"
)

const (
	maxArgs = 1 << 20
	// maxBulk is Redis's own limit for a string.
	maxBulk = 512 << 20
	// maxHeader is longer than any valid header.
	maxHeader = 16
)

var errFrame = errors.New("embedded: not a Redis command")

type (
	// framedConn only passes on well-formed commands. miniredis trusts its peers, and a count of
	// zero, or one beyond the memory, would crash the process.
	framedConn struct {
		net.Conn
		frames
	}

	// frames is the state of the parser: a command is a header with the number of its strings,
	// *2, and then each string after a header with its length in bytes, $3.
	frames struct {
		strings int // remaining strings of this command
		skip    int // remaining bytes of this string and its line end
		header  []byte
	}
)

// Read implements net.Conn.
func (c *framedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.pass(b[:n]) {
		return 0, errFrame
	}
	return n, err
}

// pass reports whether the stream, continued by b, is still well-formed.
func (f *frames) pass(b []byte) bool {
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, len(b))
			f.skip -= n
			b = b[n:]
			continue
		}
		end := bytes.IndexByte(b, '\n') + 1
		part := b[:end]
		if end == 0 {
			part = b
		}
		if f.header = append(f.header, part...); len(f.header) > maxHeader {
			return false
		}
		if end == 0 {
			return true
		}
		if !f.begin() {
			return false
		}
		f.header, b = f.header[:0], b[end:]
	}
	return true
}

// begin parses a complete header.
func (f *frames) begin() bool {
	kind, most := byte('*'), maxArgs
	if f.strings > 0 {
		kind, most = '$', maxBulk
	}
	count, ok := bytes.CutSuffix(f.header, []byte("\r\n"))
	if !ok || len(count) < 2 || count[0] != kind || count[1] < '0' || count[1] > '9' {
		return false
	}
	n, err := strconv.Atoi(string(count[1:]))
	if err != nil || n > most || kind == '*' && n == 0 {
		return false
	}
	if kind == '*' {
		f.strings = n
	} else {
		f.strings, f.skip = f.strings-1, n+len("\r\n")
	}
	return true
}
