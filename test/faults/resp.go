package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

var errProtocol = errors.New("faults: not the protocol of Redis")

// readCommand reads a command, an array of strings. raw is its encoded form.
func readCommand(from *wire) (raw []byte, words []string, err error) {
	var all bytes.Buffer
	n, err := readHead(from, &all, '*')
	if err != nil {
		return nil, nil, err
	}
	for range n {
		size, err := readHead(from, &all, '$')
		if err != nil {
			return nil, nil, err
		}
		begin := all.Len()
		if _, err := io.CopyN(&all, from.Reader, int64(size)+2); err != nil {
			return nil, nil, err
		}
		words = append(words, string(all.Bytes()[begin:begin+size]))
	}
	if len(words) == 0 {
		return nil, nil, errProtocol
	}
	return all.Bytes(), words, nil
}

// readHead reads a line such as "*3" and returns its number.
func readHead(from *wire, to io.Writer, kind byte) (int, error) {
	line, err := from.ReadBytes('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != kind || len(line) < 4 {
		return 0, fmt.Errorf("%w: %q", errProtocol, line)
	}
	if _, err := to.Write(line); err != nil {
		return 0, err
	}
	return strconv.Atoi(string(line[1 : len(line)-2]))
}

// copyReply forwards one RESP2 reply.
func copyReply(from *wire, to io.Writer) error {
	line, err := from.ReadBytes('\n')
	if err != nil {
		return err
	}
	if _, err := to.Write(line); err != nil {
		return err
	}
	if line[0] != '$' && line[0] != '*' {
		return nil
	}
	n, err := strconv.Atoi(string(line[1 : len(line)-2]))
	if err != nil {
		return fmt.Errorf("%w: %q", errProtocol, line)
	}
	if line[0] == '$' && n >= 0 {
		_, err := io.CopyN(to, from.Reader, int64(n)+2)
		return err
	}
	for ; line[0] == '*' && n > 0; n-- {
		if err := copyReply(from, to); err != nil {
			return err
		}
	}
	return nil
}
