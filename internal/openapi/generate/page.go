package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"

	"user-api/internal/openapi"
)

//go:embed page.html
var pageText string

// methods lists the methods in display order.
var methods = []string{"get", "post", "put", "patch", "delete"}

type (
	// view is the document as displayed.
	view struct {
		*openapi.Document
		Groups []group
		// Schemas are sorted by name.
		Schemas []named
	}

	group struct {
		openapi.Tag
		Anchor     string
		Operations []shown
	}

	shown struct {
		*openapi.Operation
		Method, Path string
		Answers      []shownAnswer
	}

	shownAnswer struct {
		Status string
		*openapi.Response
		Failure bool
	}

	named struct {
		Name string
		*openapi.Schema
	}
)

// writePage renders the document as HTML for the body of a page, without scripts.
func writePage(in io.Reader, out io.Writer) error {
	var d openapi.Document
	if err := json.NewDecoder(in).Decode(&d); err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	v := view{Document: &d}
	for _, tag := range d.Tags {
		v.Groups = append(v.Groups, group{tag, anchor(tag.Name), operationsOf(&d, tag.Name)})
	}
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		v.Schemas = append(v.Schemas, named{name, d.Components.Schemas[name]})
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"type": typeOf, "ref": nameOf, "rules": rulesOf, "code": indented, "paragraphs": paragraphs, "proofs": authOf,
		"items": items, "list": func(s *openapi.Schema) []string { return words(s.Enum) },
		"needs":     func(s *openapi.Schema, name string) bool { return slices.Contains(s.Required, name) },
		"parameter": func(p *openapi.Parameter) *openapi.Parameter { return parameterOf(&d, p) },
	}).Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(out, v)
}

// operationsOf returns the operations of a tag, sorted by path.
func operationsOf(d *openapi.Document, tag string) (list []shown) {
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range methods {
			if op := d.Paths[path][method]; op != nil && slices.Contains(op.Tags, tag) {
				list = append(list, shown{op, strings.ToUpper(method), path, answersOf(d, op)})
			}
		}
	}
	return list
}

func answersOf(d *openapi.Document, op *openapi.Operation) (list []shownAnswer) {
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if name := lastPart(r.Ref); name != "" {
			r = d.Components.Responses[name]
		}
		list = append(list, shownAnswer{status, r, status >= "400"})
	}
	return list
}

func parameterOf(d *openapi.Document, p *openapi.Parameter) *openapi.Parameter {
	if name := lastPart(p.Ref); name != "" {
		return d.Components.Parameters[name]
	}
	return p
}

// nameOf returns the name of the schema that s or its items refer to.
func nameOf(s *openapi.Schema) string {
	if s == nil {
		return ""
	}
	if s.Items != nil {
		return nameOf(s.Items)
	}
	return lastPart(s.Ref)
}

// typeOf describes the type of a value.
func typeOf(s *openapi.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return lastPart(s.Ref)
	case s.Items != nil:
		return "list of " + typeOf(s.Items)
	case len(s.OneOf) > 0:
		kinds := []string{}
		for _, one := range s.OneOf {
			kinds = append(kinds, typeOf(one))
		}
		return strings.Join(kinds, " or ")
	case s.Format != "" && s.Type != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}

// rulesOf describes the constraints of a value.
func rulesOf(s *openapi.Schema) (rules []string) {
	if s == nil {
		return nil
	}
	if s.Pattern != "" {
		rules = append(rules, "matches "+s.Pattern)
	}
	if s.MinLength > 1 {
		rules = append(rules, fmt.Sprintf("at least %d characters", s.MinLength))
	}
	if s.MaxLength > 0 {
		rules = append(rules, fmt.Sprintf("at most %d characters", s.MaxLength))
	}
	if s.Minimum != nil {
		rules = append(rules, fmt.Sprintf("at least %d", *s.Minimum))
	}
	if s.Maximum != nil {
		rules = append(rules, fmt.Sprintf("at most %d", *s.Maximum))
	}
	if s.Default != nil {
		rules = append(rules, fmt.Sprintf("%v by default", s.Default))
	}
	return rules
}

// authOf describes who may call an operation.
func authOf(op *openapi.Operation) string {
	if len(op.Security) == 0 {
		return "Requires no authentication."
	}
	ways := []string{}
	for _, way := range op.Security {
		switch scopes, machine := way["machine"]; {
		case len(way) == 0:
			ways = append(ways, "nothing")
		case machine:
			ways = append(ways, "a client's token with the scope "+strings.Join(scopes, " "))
		case way["client"] != nil:
			ways = append(ways, "a client's HTTP Basic")
		default:
			ways = append(ways, "a user's access token")
		}
	}
	return "Requires " + strings.Join(ways, ", or ") + "."
}

// paragraphs splits a text into paragraphs.
func paragraphs(text string) []string { return strings.Split(text, "\n\n") }

// items returns the lines of a list.
func items(text string) (list []string) {
	for line := range strings.Lines(text) {
		list = append(list, strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(line), "- "), "`", ""))
	}
	return list
}

func indented(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}

func words(list []any) (all []string) {
	for _, one := range list {
		all = append(all, fmt.Sprint(one))
	}
	return all
}

func anchor(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "-")) }

func lastPart(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
