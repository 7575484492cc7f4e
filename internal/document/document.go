// Package document handles the JSON objects that an app stores with its users. They are
// parsed strictly, merged key by key and never interpreted: numbers, and all values below
// the first level, stay as they were written.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

const (
	// MaxSize bounds the text of a document, in bytes.
	MaxSize = 8 << 10
	// MaxDepth is the maximum nesting of objects and lists, counting the document itself.
	MaxDepth = 32
)

// The errors of Parse and Check.
var (
	ErrNotObject = errors.New("document: not one JSON object")
	ErrText      = errors.New("document: text that is not valid UTF-8, or a NUL")
	ErrTwice     = errors.New("document: a key occurs twice")
	ErrDeep      = errors.New("document: nested too deeply")
)

// Document is an object whose values are kept as they were written. The nil Document means
// that there is none; its text is "".
type Document map[string]json.RawMessage

// Parse parses exactly one JSON object (RFC 8259) in which no key occurs twice at any depth.
// An empty text gives the nil Document.
func Parse(text []byte) (Document, error) {
	if len(text) == 0 {
		return nil, nil
	}
	if err := Check(text); err != nil {
		return nil, err
	}
	if BadEscape(text) {
		return nil, ErrText
	}
	d := Document{}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, ErrNotObject
	}
	return d, nil
}

// Kept parses the text of a stored document, whatever rules it was once accepted under.
func Kept(text string) (d Document, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &d)
	}
	return d, err
}

// From converts a request value of type json.RawMessage values into a Document.
func From(values map[string]any) Document {
	if values == nil {
		return nil
	}
	d := make(Document, len(values))
	for key, value := range values {
		raw, _ := value.(json.RawMessage)
		d[key] = raw
	}
	return d
}

// Values returns the document for encoding/json; nil if it is empty.
func (d Document) Values() map[string]any {
	if len(d) == 0 {
		return nil
	}
	values := make(map[string]any, len(d))
	for key, value := range d {
		values[key] = value
	}
	return values
}

// Merge returns the document updated with the keys of patch; null removes a key.
func (d Document) Merge(patch Document) Document {
	merged := make(Document, len(d)+len(patch))
	for key, value := range d {
		merged[key] = value
	}
	for key, value := range patch {
		if merged[key] = value; string(value) == "null" {
			delete(merged, key)
		}
	}
	return merged
}

// Fits reports whether a patch could be merged into an empty document.
func (d Document) Fits() bool {
	text, err := Document(nil).Merge(d).Text()
	return err == nil && len(text) <= MaxSize
}

// Text returns the stored form of the document: without white space, keys in order.
func (d Document) Text() (string, error) {
	if len(d) == 0 {
		return "", nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it would make the text longer
	if err := encoder.Encode(map[string]json.RawMessage(d)); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

// level is an object or list that contains the current token.
type level struct {
	keys  map[string]bool // nil in a list
	inKey bool            // a key has been read and its value comes next
}

// Check reports what is wrong with a text: whether it is exactly one JSON object in UTF-8,
// not nested too deeply and without duplicate keys at any depth. Errors show keys, no values.
func Check(text []byte) error {
	if !utf8.Valid(text) {
		return ErrText
	}
	// Valid also rejects trailing data, and more than 10,000 levels, without recursion.
	if !json.Valid(text) {
		return ErrNotObject
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var open []level
	for {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil, len(open) == 0 && token != json.Delim('{'):
			return ErrNotObject
		case token == json.Delim('}'), token == json.Delim(']'):
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 && !open[len(open)-1].takes(token) {
			return fmt.Errorf("%w: %.64q", ErrTwice, token)
		}
		if token != json.Delim('{') && token != json.Delim('[') {
			continue
		}
		if len(open) == MaxDepth {
			return ErrDeep
		}
		open = append(open, level{})
		if token == json.Delim('{') {
			open[len(open)-1].keys = map[string]bool{}
		}
	}
}

// takes records the next key or value. It returns false for a key that has occurred before.
func (l *level) takes(token json.Token) bool {
	if l.keys == nil {
		return true
	}
	l.inKey = !l.inKey
	if !l.inKey {
		return true
	}
	key, _ := token.(string)
	if l.keys[key] {
		return false
	}
	l.keys[key] = true
	return true
}
