package httpapi

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"user-api/internal/document"
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
	if document.BadEscape(data) {
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
