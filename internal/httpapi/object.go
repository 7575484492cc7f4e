package httpapi

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"user-api/internal/document"
)

// member is one key of a JSON object with its undecoded value.
type member struct {
	name  string
	value json.RawMessage
}

// parseObject splits data, which must be exactly one JSON object (RFC 8259) without NUL or
// unpaired surrogates; encoding/json would replace the latter silently. It does not inspect
// the values, because the caller accepts only flat ones.
func parseObject(data []byte) ([]member, error) {
	if !utf8.Valid(data) {
		return nil, malformed(detailText)
	}
	// Valid also rejects trailing data, raw control characters, a byte order mark, and more
	// than 10,000 levels of nesting, without recursion.
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
