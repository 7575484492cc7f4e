package main

import (
	"slices"
	"strconv"
	"strings"

	"user-api/internal/openapi"
	"user-api/internal/types"
)

// answerSchema returns a reference to a response type, and adds it and the types it uses.
func (b *builder) answerSchema(name string) *openapi.Schema {
	ref := &openapi.Schema{Ref: schemaRef + name}
	if b.out.Components.Schemas[name] != nil {
		return ref
	}
	s := &openapi.Schema{Type: "object"}
	b.out.Components.Schemas[name] = s // before its fields, which may refer to it
	if slices.Contains(openTypes, name) {
		s.More = new(true)
	}
	for _, f := range b.types[name].fields("json") {
		one := b.typed(f.Type)
		if one.Ref == "" {
			one.Description = f.Comment
		}
		if look, ok := looks[name+"."+f.name]; ok {
			look(one)
		} else if look, ok := looksOfAll[f.name]; ok {
			look(one)
		}
		if !f.optional {
			s.Required = append(s.Required, f.name)
		}
		s.Properties = append(s.Properties, openapi.Property{Name: f.name, Schema: one})
	}
	return ref
}

// request returns a reference to a body type, and adds it. A type with variants becomes a
// choice of separate types.
func (b *builder) request(name string) *openapi.Schema {
	ref := &openapi.Schema{Ref: schemaRef + name}
	if b.out.Components.Schemas[name] != nil {
		return ref
	}
	list, ok := variants[name]
	if !ok {
		b.out.Components.Schemas[name] = b.object(name, nil)
		return ref
	}
	choice := &openapi.Schema{}
	for _, v := range list {
		b.out.Components.Schemas[v.name] = b.object(name, &v)
		choice.OneOf = append(choice.OneOf, &openapi.Schema{Ref: schemaRef + v.name})
	}
	b.out.Components.Schemas[name] = choice
	return ref
}

// object returns the schema of a body with the fields of the type or of one variant.
func (b *builder) object(name string, v *variant) *openapi.Schema {
	s := &openapi.Schema{Type: "object", More: new(false), MinProperties: least[name]}
	if v != nil {
		s.Description = v.text
	}
	for _, f := range b.types[name].fields("json") {
		required := !f.optional
		if v != nil {
			needs := slices.Contains(v.required, f.name)
			if required = required || needs; !required && !slices.Contains(v.optional, f.name) {
				continue
			}
		}
		one := b.input(name, f)
		one.Description = f.Comment
		if v != nil && v.channels != nil && f.name == "channel" {
			one.Enum = anys(v.channels)
		}
		if required {
			s.Required = append(s.Required, f.name)
			if one.Type == "string" && one.Pattern == "" && one.Enum == nil && one.MinLength == 0 && !slices.Contains(mayBeEmpty, f.name) {
				one.MinLength = 1
			}
		}
		s.Properties = append(s.Properties, openapi.Property{Name: f.name, Schema: one})
	}
	return s
}

// input returns the schema of a request field.
func (b *builder) input(request string, f spelled) *openapi.Schema {
	s := b.typed(f.Type)
	if shape, ok := types.ShapeOf(request, f.name); ok && s.Type != "object" {
		s.Pattern, s.MinLength, s.MaxLength = shape.Pattern, shape.MinLength, shape.MaxLength
		s.Minimum, s.Maximum = shape.Minimum, shape.Maximum
		if len(shape.Options) > 0 {
			s.Enum = anys(shape.Options)
		}
	}
	for _, option := range f.options {
		s.Enum = append(s.Enum, b.value(s, option))
	}
	if f.fallback != "" {
		s.Default = b.value(s, f.fallback)
	}
	if strings.HasSuffix(strings.ToLower(f.name), "password") {
		s.Format = "password"
	}
	return s
}

// value converts an option or a default to its JSON type.
func (b *builder) value(s *openapi.Schema, text string) any {
	if s.Type == "integer" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			b.problems = append(b.problems, err)
		}
		return n
	}
	return text
}

// typed returns the schema of a Go type.
func (b *builder) typed(name string) *openapi.Schema {
	switch {
	case strings.HasPrefix(name, "*"):
		return b.typed(name[1:])
	case strings.HasPrefix(name, "[]"):
		return &openapi.Schema{Type: "array", Items: b.typed(name[2:])}
	case strings.HasPrefix(name, "map["):
		return &openapi.Schema{Type: "object", More: new(true)}
	}
	switch name {
	case "string":
		return &openapi.Schema{Type: "string"}
	case "bool":
		return &openapi.Schema{Type: "boolean"}
	case "int64":
		return &openapi.Schema{Type: "integer", Format: "int64"}
	case "int":
		return &openapi.Schema{Type: "integer", Format: "int32"}
	}
	return b.answerSchema(name)
}
