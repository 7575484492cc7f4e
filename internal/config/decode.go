package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var listIndex = regexp.MustCompile(`\[\d+\]`)

// decoder fills a struct from a YAML tree, defaults and the environment, and continues
// after a problem.
type decoder struct {
	env      func(string) string
	problems Problems
	// files caches the secrets read from files, by variable.
	files map[string]foundFile
}

// decode fills conf; a key whose value is invalid keeps its default. ok is false if the
// text is not valid YAML; noMode means that Mode is not set.
func decode(text []byte, env func(string) string, conf *Config) (problems Problems, noMode, ok bool) {
	d := &decoder{env: env, files: map[string]foundFile{}}
	root, ok := d.document(text)
	if ok {
		d.section("", root, reflect.ValueOf(conf).Elem())
	}
	return d.problems, !has(root, "Mode"), ok
}

// has reports whether a mapping contains the key with a non-null value.
func has(node *yaml.Node, key string) bool {
	if node == nil || node.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key && !absent(node.Content[i+1]) {
			return true
		}
	}
	return false
}

// document parses the text. root is nil for an empty document.
func (d *decoder) document(text []byte) (root *yaml.Node, ok bool) {
	var doc, next yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return nil, true
	}
	if err == nil {
		if err = dec.Decode(&next); err == nil {
			d.problems.add("", "the file must be one YAML document, but has several")
			return nil, false
		}
	}
	if !errors.Is(err, io.EOF) {
		d.problems.add("", "the file is not valid YAML: %s", reason(err))
		return nil, false
	}
	if len(doc.Content) == 0 {
		return nil, true
	}
	root = doc.Content[0]
	if n := anchored(root); n != nil {
		d.problems.add("", "line %d: a value that begins with & or * must be quoted; anchors and aliases are not read", n.Line)
		return nil, false
	}
	return root, true
}

// reason returns the text of a YAML error, except for the one that quotes the file: the
// "alias" in it may be an unquoted secret that begins with a star.
func reason(err error) string {
	if strings.Contains(err.Error(), "unknown anchor") {
		return "a value that begins with * must be quoted"
	}
	return strings.TrimPrefix(err.Error(), "yaml: ")
}

// anchored returns a node with an anchor or alias, or nil. They are refused because an
// unquoted secret such as &abc would silently become an empty value.
func anchored(n *yaml.Node) *yaml.Node {
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		return n
	}
	for _, child := range n.Content {
		if found := anchored(child); found != nil {
			return found
		}
	}
	return nil
}

// section fills the struct v from a mapping; a nil or null node leaves every key at its
// default.
func (d *decoder) section(path string, node *yaml.Node, v reflect.Value) {
	given := d.keys(path, node, v.Type())
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, fieldOf(v.Type().Field(i), path)
		if named := given["Name"]; strings.HasSuffix(path, "]") && named != nil {
			f.envSuffix = envSuffixOf(named.Value)
		}
		d.value(f, given[name], v.Field(i))
	}
}

// keys returns the nodes of a mapping by key, and reports unknown and duplicate keys.
func (d *decoder) keys(path string, node *yaml.Node, t reflect.Type) map[string]*yaml.Node {
	given := map[string]*yaml.Node{}
	if absent(node) {
		return given
	}
	if node.Kind != yaml.MappingNode {
		d.problems.add(path, "must be a section of keys (line %d)", node.Line)
		return given
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		key := join(path, name.Value)
		_, twice := given[name.Value]
		_, known := t.FieldByName(name.Value)
		switch {
		case twice:
			d.problems.add(key, "is given twice (line %d)", name.Line)
		case known:
			given[name.Value] = node.Content[i+1]
		default:
			hint := nearest(listIndex.ReplaceAllString(path, "[]"), name.Value)
			if hint != "" {
				hint = ", did you mean " + hint + "?"
			}
			d.problems.add(key, "unknown key (line %d)%s", name.Line, hint)
		}
	}
	return given
}

func (d *decoder) value(f field, node *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		d.section(f.key, node, v)
	case reflect.Slice:
		d.list(f, node, v)
	case reflect.Map:
		d.texts(f, node, v)
	default:
		d.scalar(f, node, v)
	}
}

func (d *decoder) list(f field, node *yaml.Node, v reflect.Value) {
	if absent(node) {
		return
	}
	if node.Kind != yaml.SequenceNode {
		d.problems.add(f.key, "must be a list (line %d)", node.Line)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content)))
	for i, child := range node.Content {
		element := field{key: fmt.Sprintf("%s[%d]", f.key, i), typ: v.Type().Elem(), required: true}
		d.value(element, child, v.Index(i))
	}
}

// texts fills a map of strings.
func (d *decoder) texts(f field, node *yaml.Node, v reflect.Value) {
	if text, given := d.secret(f); given {
		if headers, err := parseHeaders(text); err == nil {
			v.Set(reflect.ValueOf(headers))
		} else if text != "" { // otherwise the file has been reported
			d.problems.add(f.key, "%v", err)
		}
		return
	}
	if absent(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		d.problems.add(f.key, "must be a section of names and values (line %d)", node.Line)
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		if v.MapIndex(reflect.ValueOf(name.Value)).IsValid() {
			d.problems.add(join(f.key, name.Value), "is given twice (line %d)", name.Line)
			continue
		}
		text := reflect.New(v.Type().Elem()).Elem()
		// The value may be a secret, so problems must not quote it.
		d.scalar(field{key: join(f.key, name.Value), typ: text.Type(), required: true, secret: true}, node.Content[i+1], text)
		v.SetMapIndex(reflect.ValueOf(name.Value), text)
	}
}

// scalar sets v from the environment, the node or the default, in this order.
func (d *decoder) scalar(f field, node *yaml.Node, v reflect.Value) {
	if secret, given := d.secret(f); given {
		v.SetString(secret)
		return
	}
	if absent(node) {
		if f.required {
			d.problems.add(f.key, "is missing")
		}
		set(v, f.def)
		return
	}
	if node.Kind == yaml.ScalarNode && fits(v.Kind(), node.ShortTag()) && set(v, node.Value) {
		return
	}
	set(v, f.def)
	is := ""
	if node.Kind == yaml.ScalarNode && f.env == "" && !f.secret {
		is = ", is " + strconv.Quote(node.Value)
	}
	d.problems.add(f.key, "must be %s%s (line %d)", typeName(v.Type()), is, node.Line)
}

// absent reports whether a key is missing or has no value.
func absent(node *yaml.Node) bool {
	return node == nil || node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// fits reports whether a scalar with the YAML tag can have the kind. Strings are taken as
// written, whatever type YAML infers: +15005550006 keeps its plus sign, and NO (Norway) and
// 012 stay unchanged.
func fits(kind reflect.Kind, tag string) bool {
	switch kind {
	case reflect.Bool:
		return tag == "!!bool"
	case reflect.String:
		return slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}, tag)
	case reflect.Float64:
		return tag == "!!float" || tag == "!!int"
	default:
		return tag == "!!int"
	}
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Seconds]():
		return "a whole number of seconds"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.String:
		return "text"
	default:
		return "a whole number"
	}
}

// set parses text into v; "" leaves the zero value, the default of optional keys.
func set(v reflect.Value, text string) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return true
	case reflect.Bool:
		yes, err := strconv.ParseBool(text)
		v.SetBool(yes)
		return err == nil
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		v.SetFloat(n)
		return err == nil && n == n // rejects NaN
	default:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err == nil
	}
}
