package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// wantSchema checks that a document matches docs/export.schema.json.
func wantSchema(t *testing.T, document []byte) {
	t.Helper()
	text, err := os.ReadFile("../docs/export.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var root object
	var value any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatalf("no JSON: %v: …%.200s", err, document[max(0, len(document)-200):])
	}
	for _, problem := range judge(root["$defs"].(object), root, value, "") {
		t.Error(problem)
	}
}

// judge reports where a value does not match a schema. It knows the keywords of the export
// schema and rejects all others.
func judge(defs, schema object, value any, at string) (problems []string) {
	tell := func(format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s "+format, append([]any{at}, args...)...))
	}
	for _, word := range slices.Sorted(maps.Keys(schema)) {
		is := schema[word]
		switch word {
		case "$schema", "title", "description", "$defs":
		case "$ref":
			problems = append(problems, judge(defs, defs[strings.TrimPrefix(is.(string), "#/$defs/")].(object), value, at)...)
		case "const":
			if !reflect.DeepEqual(value, is) {
				tell("is %v, want %v", value, is)
			}
		case "enum":
			if !slices.Contains(is.([]any), value) {
				tell("is %v, want one of %v", value, is)
			}
		case "type":
			if got := typeOf(value); got != is {
				tell("is %s, want %s", got, is)
			}
		case "required":
			members, _ := value.(object)
			for _, name := range is.([]any) {
				if _, ok := members[name.(string)]; !ok {
					tell("lacks %s", name)
				}
			}
		case "additionalProperties":
			members, _ := value.(object)
			for name := range members {
				if _, ok := schema["properties"].(object)[name]; !ok && is == false {
					tell("has %s, which is not documented", name)
				}
			}
		case "properties":
			members, _ := value.(object)
			for name, of := range is.(object) {
				if member, ok := members[name]; ok {
					problems = append(problems, judge(defs, of.(object), member, at+"/"+name)...)
				}
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				problems = append(problems, judge(defs, is.(object), item, fmt.Sprint(at, "/", i))...)
			}
		default:
			tell("has the unknown word %s", word)
		}
	}
	return problems
}

func typeOf(value any) string {
	switch v := value.(type) {
	case object:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return "null"
}
