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
	// field is one field of a request type, as its goctl tag describes it.
	field struct {
		name     string
		index    []int
		required bool
		// fallback is the text of `default=`; "" means none, as for go-zero.
		fallback string
		// options are the values allowed by `options=a|b`; empty means any.
		options []string
	}

	// schema lists the fields of a request type by where they come from.
	schema struct {
		path, query, header, body []field
	}
)

var (
	schemas sync.Map // reflect.Type → *schema

	errWrongType = errors.New("httpapi: wrong type")
	errNotOption = errors.New("httpapi: not one of the options")

	// object is the type of a field that takes a JSON object of the client's own.
	object = reflect.TypeFor[map[string]any]()
)

// schemaOf reads the tags of the struct type t. An error means a type that
// Decode cannot treat exactly, which is a fault of ours.
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
			// An option without effect would be a check that never happens.
			return f, fmt.Errorf("tag option %q is not supported", key)
		}
	}
	return f, nil
}

// decodable tells the types Decode knows: strings, bools and integers, and in
// JSON also pointers to and lists of them, and objects of the client's own. Request
// types are flat but for these, so a deeply nested body is otherwise never accepted and
// need not be walked to be refused.
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

// setJSON sets v to the JSON value raw, which is known to be valid JSON.
func (f field) setJSON(v reflect.Value, raw []byte) error {
	// In a list, where there is nothing to be absent. encoding/json takes null for
	// "leave as it is".
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

// setObject sets v to the members of an object, each a json.RawMessage as it was
// written.
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

// setText sets the scalar v to the value that text spells.
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
