package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"user-api/internal/document"
)

type (
	// field describes one field of a request type, parsed from its goctl tag.
	field struct {
		name     string
		index    []int
		required bool
		// fallback is the text of `default=`; as in go-zero, "" means none.
		fallback string
		// options lists the values allowed by `options=a|b`; empty allows any.
		options []string
	}

	// schema lists the fields of a request type by source.
	schema struct {
		path, query, header, body []field
	}
)

var (
	schemas sync.Map // reflect.Type → *schema

	errWrongType = errors.New("httpapi: wrong type")
	errNotOption = errors.New("httpapi: not one of the options")

	// object is the type of a field that accepts an arbitrary JSON object.
	object = reflect.TypeFor[map[string]any]()
)

// schemaOf parses the tags of the struct type t. It returns an error, which is a
// programming mistake, for a type that Decode cannot decode exactly.
func schemaOf(t reflect.Type) (*schema, error) {
	if s, ok := schemas.Load(t); ok {
		return s.(*schema), nil
	}
	s := &schema{}
	for _, sf := range reflect.VisibleFields(t) {
		for key, list := range map[string]*[]field{
			"path": &s.path, "form": &s.query, "header": &s.header, "json": &s.body,
		} {
			tag, ok := sf.Tag.Lookup(key)
			if !ok || tag == "-" {
				continue
			}
			f, err := parseField(sf, tag)
			if err == nil && !decodable(sf.Type, key == "json") {
				err = fmt.Errorf("type %s is not supported in %s", sf.Type, key)
			}
			if err != nil {
				return nil, fmt.Errorf("httpapi: %s.%s: %w", t, sf.Name, err)
			}
			*list = append(*list, f)
		}
	}
	schemas.Store(t, s)
	return s, nil
}

func parseField(sf reflect.StructField, tag string) (field, error) {
	parts := strings.Split(tag, ",")
	f := field{name: strings.TrimSpace(parts[0]), index: sf.Index, required: true}
	if f.name == "" || !sf.IsExported() {
		return f, errors.New("a tagged field needs a name and must be exported")
	}
	for _, option := range parts[1:] {
		key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch key {
		case "optional":
			f.required = false
		case "default":
			f.required, f.fallback = false, value
		case "options":
			f.options = strings.Split(value, "|")
		default:
			// An ignored option would be a validation that never happens.
			return f, fmt.Errorf("tag option %q is not supported", key)
		}
	}
	return f, nil
}

// decodable reports whether Decode supports t: strings, bools and integers, and in JSON
// also pointers to and slices of them, and arbitrary objects. Request types are otherwise
// flat, so a deeply nested body is rejected without being walked.
func decodable(t reflect.Type, inJSON bool) bool {
	if inJSON && t == object {
		return true
	}
	if inJSON && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	default:
		return false
	}
}

// setJSON sets v to raw, which must be valid JSON.
func (f field) setJSON(v reflect.Value, raw []byte) error {
	// An element of a list cannot be absent, and encoding/json would ignore a null.
	if isNull(raw) {
		return errWrongType
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.setJSON(v.Elem(), raw)
	case reflect.Map:
		return setObject(v, raw)
	case reflect.Slice:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return errWrongType
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			if err := f.setJSON(v.Index(i), item); err != nil {
				return err
			}
		}
		return nil
	default:
		if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
			return errWrongType
		}
		return f.checkOption(v)
	}
}

// setObject sets v to the members of an object, each a json.RawMessage.
func setObject(v reflect.Value, raw []byte) error {
	d, err := document.Parse(raw)
	if err != nil {
		return err
	}
	values := make(map[string]any, len(d))
	for key, value := range d {
		values[key] = value
	}
	v.Set(reflect.ValueOf(values))
	return nil
}

func isNull(raw []byte) bool { return string(raw) == "null" }

// setText sets the scalar v from its text form.
func (f field) setText(v reflect.Value, text string) error {
	var err error
	switch kind := v.Kind(); {
	case kind == reflect.String:
		v.SetString(text)
	case kind == reflect.Bool && (text == "true" || text == "false"):
		v.SetBool(text == "true")
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
	default:
		err = errWrongType
	}
	if err != nil {
		return errWrongType
	}
	return f.checkOption(v)
}

func (f field) checkOption(v reflect.Value) error {
	if len(f.options) > 0 && !slices.Contains(f.options, fmt.Sprint(v.Interface())) {
		return errNotOption
	}
	return nil
}
