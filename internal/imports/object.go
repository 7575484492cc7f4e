package imports

import (
	"bytes"
	"encoding/json"

	"user-api/internal/document"
)

// object parses exactly one JSON object without duplicate keys at any depth. Errors show
// none of its values.
func object(text []byte) (map[string]any, error) {
	if err := document.Check(text); err != nil {
		return nil, err
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var fields map[string]any
	err := in.Decode(&fields)
	return fields, err
}
