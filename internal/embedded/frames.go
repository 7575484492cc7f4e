package embedded

import (
	"bytes"
	"errors"
	"net"
	"strconv"
)

const (
	maxArgs = 1 << 20
	// maxBulk is Redis's own bound of a string.
	maxBulk = 512 << 20
	// maxHeader is longer than any that is right.
	maxHeader = 16
)

var errFrame = errors.New("embedded: this is no Redis command")

type (
	// framedConn passes on what is a sequence of commands and nothing else: miniredis
	// takes its peers at their word, and a count of none, or of more than there is memory
	// for, would end the process.
	framedConn struct {
		net.Conn
		frames
	}

	// frames is how far the commands have been read: a command is a header that counts
	// its strings, *2, and then each string after a header that counts its bytes, $3.
	frames struct {
		strings int // still to come of this command
		skip    int // bytes still to come of this string and its line end
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

// pass reports whether what goes on with b may be commands.
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

// begin takes a header that is complete.
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
