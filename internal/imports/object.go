package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth bounds how deep a record is nested.
const maxDepth = 32

var errNotObject = errors.New("not one JSON object")

// object reads exactly one JSON object, whose names are there once each, at any depth.
// Errors hold nothing of its values.
func object(text []byte) (map[string]any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	value, err := read(in, 0)
	if err != nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return fields, nil
}

func read(in *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	token, err := in.Token()
	if err != nil {
		return nil, errNotObject
	}
	switch token {
	case json.Delim('['):
		return readList(in, depth)
	case json.Delim('{'):
		return readObject(in, depth)
	}
	return token, nil
}

func readObject(in *json.Decoder, depth int) (any, error) {
	fields := map[string]any{}
	for in.More() {
		token, err := in.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotObject
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("the name %.64q is there twice", name)
		}
		if fields[name], err = read(in, depth+1); err != nil {
			return nil, err
		}
	}
	return fields, end(in)
}

func readList(in *json.Decoder, depth int) (any, error) {
	list := []any{}
	for in.More() {
		value, err := read(in, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, end(in)
}

func end(in *json.Decoder) error {
	if _, err := in.Token(); err != nil {
		return errNotObject
	}
	return nil
}
