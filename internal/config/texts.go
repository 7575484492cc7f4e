package config

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// textValue is a string value of the configuration with its full path.
type textValue struct{ key, env, value string }

// texts returns all string values, including elements of lists and maps.
func (c Config) texts() []textValue { return textsOf(reflect.ValueOf(c), field{}) }

func textsOf(v reflect.Value, f field) []textValue {
	switch v.Kind() {
	case reflect.String:
		return []textValue{{f.key, f.env, v.String()}}
	case reflect.Struct:
		var all []textValue
		for i := range v.NumField() {
			all = append(all, textsOf(v.Field(i), fieldOf(v.Type().Field(i), f.key))...)
		}
		return all
	case reflect.Slice:
		var all []textValue
		for i := range v.Len() {
			all = append(all, textsOf(v.Index(i), field{key: element(f.key, i), env: f.env})...)
		}
		return all
	case reflect.Map:
		var all []textValue
		for _, name := range v.MapKeys() {
			key := join(f.key, name.String())
			all = append(all, textValue{key, f.env, name.String()}, textValue{key, f.env, v.MapIndex(name).String()})
		}
		slices.SortFunc(all, func(a, b textValue) int { return strings.Compare(a.key, b.key) })
		return all
	default:
		return nil
	}
}

// isBlank reports whether r is invisible at the end of a value: white space, control
// characters, and the marks that editors add.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u200b' || r == '\ufeff'
}
