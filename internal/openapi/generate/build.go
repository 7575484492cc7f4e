package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"user-api/internal/openapi"
)

//go:embed examples.json intro.md
var files embed.FS

type (
	builder struct {
		file
		types    map[string]definition
		examples map[string]example
		out      openapi.Document
		// used counts how often the responses of a key occur.
		used     map[string]int
		problems []error
	}

	// example is a request and its response, recorded by a test.
	example struct {
		Request  json.RawMessage `json:"request,omitempty"`
		Response json.RawMessage `json:"response,omitempty"`
	}
)

func newBuilder(f file) (*builder, error) {
	b := &builder{file: f, types: map[string]definition{}, used: map[string]int{}}
	for _, t := range f.Types {
		b.types[t.Name] = t
	}
	text, err := files.ReadFile("examples.json")
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal(text, &b.examples)
}

// document builds the document; problems lists the errors.
func (b *builder) document() openapi.Document {
	intro, err := files.ReadFile("intro.md")
	if err != nil {
		b.problems = append(b.problems, err)
	}
	b.out = openapi.Document{
		OpenAPI: openapi.Version,
		Info: openapi.Info{
			Title: b.Info["title"], Summary: b.Info["desc"], Description: strings.TrimSpace(string(intro)), Version: b.Info["version"],
			License: openapi.License{Name: "MIT", Identifier: "MIT"},
		},
		Servers: []openapi.Server{{URL: "http://127.0.0.1:8888", Description: "the address without any configuration"}},
		Paths:   map[string]openapi.Path{},
		Components: openapi.Components{
			SecuritySchemes: securitySchemes(), Parameters: parameters(), Headers: headers(),
			Responses: map[string]*openapi.Response{}, Examples: map[string]openapi.Example{}, Schemas: map[string]*openapi.Schema{},
		},
	}
	b.out.Components.Schemas["Error"] = b.errorSchema()
	for _, r := range b.Routes {
		b.count(r)
	}
	ids := map[string]string{}
	for _, r := range b.Routes {
		op := b.operation(r)
		if other := ids[op.ID]; other != "" {
			b.problem(r, "has the handler of %s", other)
		}
		ids[op.ID] = r.name()
		at := b.out.Paths[r.template()]
		if at == nil {
			at = openapi.Path{}
			b.out.Paths[r.template()] = at
		}
		at[strings.ToLower(r.Method)] = op
	}
	b.out.Tags = b.tags()
	b.leftOver()
	return b.out
}

func (b *builder) problem(r route, format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf("%s "+format, append([]any{r.name()}, args...)...))
}

// tags returns the tags that occur, in the order of the table.
func (b *builder) tags() (list []openapi.Tag) {
	occur := map[string]bool{}
	for _, r := range b.Routes {
		occur[r.Tag] = true
	}
	for _, tag := range tags {
		if occur[tag.Name] {
			list = append(list, tag)
		}
		delete(occur, tag.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(occur)) {
		b.problems = append(b.problems, fmt.Errorf("the tag %q has no description", name))
	}
	return list
}

// leftOver reports table rows whose route or type does not exist any more.
func (b *builder) leftOver() {
	routes := map[string]bool{}
	for _, r := range b.Routes {
		routes[r.name()] = true
	}
	for _, table := range []map[string]bool{keys(answers), keys(bodies), keys(queries), keys(b.examples), keys(securities)} {
		for name := range table {
			if !routes[name] {
				b.problems = append(b.problems, fmt.Errorf("%s is in a table, and is no route", name))
			}
		}
	}
	for name := range variants {
		if _, ok := b.types[name]; !ok {
			b.problems = append(b.problems, fmt.Errorf("%s has variants, and is no type", name))
		}
	}
	for name := range looks {
		owner, member, _ := strings.Cut(name, ".")
		if !slices.ContainsFunc(b.types[owner].Fields, func(f field) bool { return f.spell().name == member }) {
			b.problems = append(b.problems, fmt.Errorf("%s has a look, and is no field", name))
		}
	}
}

func keys[V any](table map[string]V) map[string]bool {
	set := map[string]bool{}
	for key := range table {
		set[key] = true
	}
	return set
}
