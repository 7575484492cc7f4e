package config

import (
	"reflect"
	"strings"
)

// field describes a key, parsed from its struct field.
type field struct {
	// key is the full path; list elements are written [].
	key string
	typ reflect.Type
	def string
	env string
	// envSuffix is appended to env for the variable of a single list element, which takes
	// precedence over env.
	envSuffix string
	required  bool
	// secret keeps the value out of problems.
	secret bool
}

// allFields returns all keys below t, each section before its content.
func allFields(t reflect.Type, path string) []field {
	var all []field
	for i := range t.NumField() {
		f := fieldOf(t.Field(i), path)
		all = append(all, f)
		switch {
		case f.typ.Kind() == reflect.Struct:
			all = append(all, allFields(f.typ, f.key)...)
		case f.typ.Kind() == reflect.Slice && f.typ.Elem().Kind() == reflect.Struct:
			all = append(all, allFields(f.typ.Elem(), f.key+"[]")...)
		}
	}
	return all
}

// fieldOf parses the tag, e.g. `json:",optional,env=NAME"`. A field with neither default
// nor optional is required.
func fieldOf(sf reflect.StructField, path string) field {
	f := field{key: join(path, sf.Name), typ: sf.Type, required: true}
	for option := range strings.SplitSeq(sf.Tag.Get("json"), ",") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "default":
			f.def, f.required = value, false
		case "optional":
			f.required = false
		case "env":
			f.env = value
		}
	}
	return f
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// nearest suggests the intended key for name in the section path: a key of that section
// within a small edit distance, or the same name in another section. It returns "" if there
// is none.
func nearest(path, name string) string {
	best, least := "", 2+len(name)/4
	for _, f := range allFields(reflect.TypeFor[Config](), "") {
		section, last := "", f.key
		if dot := strings.LastIndexByte(f.key, '.'); dot >= 0 {
			section, last = f.key[:dot], f.key[dot+1:]
		}
		if section != path {
			if best == "" && strings.EqualFold(name, last) {
				best = f.key
			}
		} else if n := editDistance(strings.ToLower(name), strings.ToLower(last)); n < least {
			best, least = last, n
		}
	}
	return best
}

// editDistance returns the Levenshtein distance of a and b, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
