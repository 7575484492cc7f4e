package imports

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is a part of a path: a name, optionally with an element of a list in brackets.
var step = regexp.MustCompile(`^([^.\[\]]+)(?:\[(\d+|[^=\[\]]+=[^\[\]]+)\])?$`)

// checkPath checks the syntax of a path.
func checkPath(path string) error {
	for _, part := range split(path) {
		if !step.MatchString(part) {
			return fmt.Errorf("%q is not a path such as credentials.password, emails[0] or addresses[via=email].verified", path)
		}
	}
	return nil
}

// split splits a path at the dots outside of brackets.
func split(path string) []string {
	var parts []string
	depth, begin := 0, 0
	for i, c := range path {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '.' && depth == 0:
			parts, begin = append(parts, path[begin:i]), i+1
		}
	}
	return append(parts, path[begin:])
}

// rootOf returns the field of a record with which a path begins.
func rootOf(path string) string {
	name, _, _ := strings.Cut(split(path)[0], "[")
	return name
}

// at returns the value at a path, or nil. A field whose name contains dots is found by its
// full name. Brackets select an element of a list by its index or by the value of one of its
// fields; $email stands for the record's value at the path of the field email.
func (r Record) at(path string, f Fields) any {
	if path == "" {
		return nil
	}
	if value, ok := r.Fields[path]; ok {
		return value
	}
	var value any = r.Fields
	for _, part := range split(path) {
		found := step.FindStringSubmatch(part)
		fields, ok := value.(map[string]any)
		if !ok || found == nil {
			return nil
		}
		value = fields[found[1]]
		if found[2] != "" {
			value = r.element(value, found[2], f)
		}
	}
	return value
}

func (r Record) element(value any, which string, f Fields) any {
	list, _ := value.([]any)
	if index, err := strconv.Atoi(which); err == nil {
		if index < len(list) {
			return list[index]
		}
		return nil
	}
	name, want, _ := strings.Cut(which, "=")
	if of, ok := strings.CutPrefix(want, "$"); ok {
		want = text(r.at(f.all()[of], Fields{}))
	}
	for _, element := range list {
		if fields, ok := element.(map[string]any); ok && want != "" && text(fields[name]) == want {
			return element
		}
	}
	return nil
}

// text returns a scalar as text; null, lists and objects give "".
func text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}
