package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// member is one key of a JSON object and its value, still as JSON.
type member struct {
	name  string
	value json.RawMessage
}

// parseObject takes apart data, which must be exactly one JSON object (RFC 8259)
// whose text holds no NUL and no half of a surrogate pair; encoding/json would
// turn the latter into a replacement character. Values are not looked into: the
// caller takes only flat ones.
func parseObject(data []byte) ([]member, error) {
	if !utf8.Valid(data) {
		return nil, malformed(detailText)
	}
	// Valid also refuses trailing data, raw control characters, a byte order
	// mark, and more than 10,000 levels, without recursion.
	if !json.Valid(data) {
		return nil, malformed(detailNotObject)
	}
	if badEscape(data) {
		return nil, malformed(detailText)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, malformed(detailNotObject)
	}
	var members []member
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, malformed(detailNotObject)
		}
		name, _ := key.(string)
		m := member{name: name}
		if err := dec.Decode(&m.value); err != nil {
			return nil, malformed(detailNotObject)
		}
		members = append(members, m)
	}
	return members, nil
}

// badEscape reports whether valid JSON spells a NUL or a lone surrogate. In
// valid JSON a backslash occurs only inside strings, and \u has four digits.
func badEscape(data []byte) bool {
	for {
		i := bytes.IndexByte(data, '\\')
		if i < 0 {
			return false
		}
		data = data[i:]
		if data[1] != 'u' {
			data = data[2:]
			continue
		}
		r := hexRune(data[2:6])
		data = data[6:]
		if r == 0 {
			return true
		}
		if !utf16.IsSurrogate(r) {
			continue
		}
		if !bytes.HasPrefix(data, []byte(`\u`)) || utf16.DecodeRune(r, hexRune(data[2:6])) == utf8.RuneError {
			return true
		}
		data = data[6:]
	}
}

func hexRune(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits), 16, 16)
	return rune(n)
}
