package main

import (
	"reflect"
	"strings"

	"user-api/internal/server"
)

// What tools/apispec prints.
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

	// spelled is a field as clients spell it.
	spelled struct {
		field
		// in is json, path, form or header.
		in, name string
		optional bool
		options  []string
		fallback string
	}
)

// name is how the tables of this package name the route.
func (r route) name() string { return r.Method + " " + r.served() }

func (r route) served() string { return server.ServedAt(r.Path) }

// template is the path as the document spells it.
func (r route) template() string {
	parts := strings.Split(r.served(), "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

// variables are the names of the parts of the path that vary.
func (r route) variables() (names []string) {
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// spell reads the tag of a field.
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

// fields are those of a type that come from one place.
func (d definition) fields(in string) (list []spelled) {
	for _, f := range d.Fields {
		if s := f.spell(); s.in == in {
			list = append(list, s)
		}
	}
	return list
}
