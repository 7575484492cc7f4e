package config

import (
	"reflect"
	"strings"
)

// field is what a struct field says about its key.
type field struct {
	// key is the whole path; an element of a list is written [].
	key string
	typ reflect.Type
	def string
	env string
	// own ends a variable that comes before env: that of one element of a list.
	own  string
	must bool
	// secret keeps the value out of problems.
	secret bool
}

// allFields lists every key below t, sections before what they hold.
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

// fieldOf reads the tag, e.g. `json:",optional,env=NAME"`. A field without
// default and without optional must be given.
func fieldOf(sf reflect.StructField, path string) field {
	f := field{key: join(path, sf.Name), typ: sf.Type, must: true}
	for option := range strings.SplitSeq(sf.Tag.Get("json"), ",") {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "default":
			f.def, f.must = value, false
		case "optional":
			f.must = false
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

// nearest suggests the key meant by name in the section path: one of that
// section that takes few changes, or the same name in another. "" if there is
// none.
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
		} else if n := changes(strings.ToLower(name), strings.ToLower(last)); n < least {
			best, least = last, n
		}
	}
	return best
}

// changes is the Levenshtein distance: how many bytes are to be put in, taken
// out or replaced to make b of a.
func changes(a, b string) int {
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
