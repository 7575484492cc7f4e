// Package document is the JSON objects that an app keeps with its users. They are
// parsed strictly, merged key by key and never interpreted: a number stays as it was
// written, and so does every value below the first level.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	// MaxSize bounds the text of a document, in bytes.
	MaxSize = 8 << 10
	// MaxDepth is how many objects and lists a value may be inside of, the document
	// itself being the first.
	MaxDepth = 32
)

// What Parse finds wrong.
var (
	ErrNotObject = errors.New("document: not one JSON object")
	ErrText      = errors.New("document: text that is not valid UTF-8, or a NUL")
	ErrTwice     = errors.New("document: a key occurs twice")
	ErrDeep      = errors.New("document: nested too deeply")
)

// Document is an object, with its values as they were written. The nil Document is
// none, and has the text "".
type Document map[string]json.RawMessage

// Parse reads exactly one JSON object (RFC 8259) in which no key occurs twice, at any
// depth. The empty text is the nil Document.
func Parse(text []byte) (Document, error) {
	if len(text) == 0 {
		return nil, nil
	}
	if !utf8.Valid(text) {
		return nil, ErrText
	}
	// Valid also refuses trailing data, and more than 10,000 levels, without recursion.
	if !json.Valid(text) {
		return nil, ErrNotObject
	}
	if BadEscape(text) {
		return nil, ErrText
	}
	if err := check(text); err != nil {
		return nil, err
	}
	d := Document{}
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, ErrNotObject
	}
	return d, nil
}

// Kept reads the text of a document that was parsed before, by whatever rules there were.
func Kept(text string) (d Document, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &d)
	}
	return d, err
}

// From is the document whose values, of type json.RawMessage, a request was decoded
// into.
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

// Values is the document as encoding/json writes it; nil if it is empty.
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

// Merge is the document with the keys of patch in place of its own; null removes one.
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

// Text is how the document is kept: without white space, its keys in order.
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

// level is an object or a list that check is inside of.
type level struct {
	keys  map[string]bool // nil in a list
	inKey bool            // a key was read, and its value comes next
}

// check walks through valid JSON: nothing is nested too deeply, and no key occurs twice.
func check(text []byte) error {
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
			return ErrTwice
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

// takes notes the next key or value, and reports whether it is no key of before.
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
