package main

import (
	"reflect"
	"strings"

	"user-api/internal/server"
)

// The output of tools/apispec.
type (
	file struct {
		Info   map[string]string
		Routes []route
		Types  []definition
	}

	route struct {
		Method, Path, Handler           string
		Summary, Description, Responses string
		Tag                             string
		Middlewares                     []string
		Request, Response               string
	}

	definition struct {
		Name   string
		Fields []field
	}

	field struct{ Name, Type, Tag, Comment string }

	// spelled is a field with its parsed tag.
	spelled struct {
		field
		// in is json, path, form or header.
		in, name string
		optional bool
		options  []string
		fallback string
	}
)

// name identifies the route in the tables of this package.
func (r route) name() string { return r.Method + " " + r.served() }

func (r route) served() string { return server.ServedAt(r.Path) }

// template returns the path in OpenAPI syntax.
func (r route) template() string {
	parts := strings.Split(r.served(), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// variables returns the names of the path variables.
func (r route) variables() (names []string) {
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// spell parses the tag of a field.
func (f field) spell() spelled {
	s := spelled{field: f}
	for _, in := range []string{"json", "path", "form", "header"} {
		text, ok := reflect.StructTag(f.Tag).Lookup(in)
		if !ok {
			continue
		}
		parts := strings.Split(text, ",")
		s.in, s.name = in, parts[0]
		for _, option := range parts[1:] {
			key, value, _ := strings.Cut(option, "=")
			switch key {
			case "optional", "omitempty":
				s.optional = true
			case "default":
				s.optional, s.fallback = true, value
			case "options":
				s.options = strings.Split(value, "|")
			}
		}
	}
	return s
}

// fields returns the fields of a type from one source.
func (d definition) fields(in string) (list []spelled) {
	for _, f := range d.Fields {
		if s := f.spell(); s.in == in {
			list = append(list, s)
		}
	}
	return list
}
