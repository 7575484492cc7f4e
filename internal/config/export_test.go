package config

import "reflect"

// Key is a field as its tag describes it, for the tests that hold documents
// against the struct.
type Key struct {
	Path, Default, Env string
	Type               reflect.Type
}

// Keys lists every key of Config that takes a value or a list.
func Keys() []Key {
	var keys []Key
	for _, f := range allFields(reflect.TypeFor[Config](), "") {
		if f.typ.Kind() != reflect.Struct {
			keys = append(keys, Key{f.key, f.def, f.env, f.typ})
		}
	}
	return keys
}
