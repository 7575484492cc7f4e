package config

import "reflect"

// Key describes a field by its tag, for tests that compare documents with the struct.
type Key struct {
	Path, Default, Env string
	Type               reflect.Type
}

// Keys returns every key of Config that takes a value or a list.
func Keys() []Key {
	var keys []Key
	for _, f := range allFields(reflect.TypeFor[Config](), "") {
		if f.typ.Kind() != reflect.Struct {
			keys = append(keys, Key{f.key, f.def, f.env, f.typ})
		}
	}
	return keys
}
