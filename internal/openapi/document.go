// Package openapi is the API document, OpenAPI 3.1: its form, and how the service gives
// it out. What is in it, internal/openapi/generate writes.
package openapi

import (
	"bytes"
	"encoding/json"
)

// Version is that of the specification.
const Version = "3.1.0"

// The parts of a document that this one uses, each with the members that it uses.
type (
	// Document is the whole.
	Document struct {
		OpenAPI    string          `json:"openapi"`
		Info       Info            `json:"info"`
		Servers    []Server        `json:"servers"`
		Tags       []Tag           `json:"tags"`
		Paths      map[string]Path `json:"paths"`
		Components Components      `json:"components"`
	}

	// Info says what the API is.
	Info struct {
		Title       string  `json:"title"`
		Summary     string  `json:"summary,omitempty"`
		Description string  `json:"description"`
		Version     string  `json:"version"`
		License     License `json:"license"`
	}

	// License is that of the service.
	License struct {
		Name       string `json:"name"`
		Identifier string `json:"identifier"`
	}

	// Server is where the API is.
	Server struct {
		URL         string `json:"url"`
		Description string `json:"description,omitempty"`
	}

	// Tag is a group of operations.
	Tag struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}

	// Path has the operations of a path by method, in lower case.
	Path map[string]*Operation

	// Operation is a method of a path.
	Operation struct {
		ID          string                `json:"operationId"`
		Tags        []string              `json:"tags"`
		Summary     string                `json:"summary"`
		Description string                `json:"description,omitempty"`
		Security    []map[string][]string `json:"security"`
		Parameters  []*Parameter          `json:"parameters,omitempty"`
		Body        *RequestBody          `json:"requestBody,omitempty"`
		// Responses are by status.
		Responses map[string]*Response `json:"responses"`
	}

	// Parameter is one of the path, the query or the headers.
	Parameter struct {
		Ref         string  `json:"$ref,omitempty"`
		Name        string  `json:"name,omitempty"`
		In          string  `json:"in,omitempty"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required,omitempty"`
		Schema      *Schema `json:"schema,omitempty"`
		Example     any     `json:"example,omitempty"`
	}

	// RequestBody is by content type.
	RequestBody struct {
		Description string           `json:"description,omitempty"`
		Required    bool             `json:"required,omitempty"`
		Content     map[string]Media `json:"content"`
	}

	// Response is the answer of one status.
	Response struct {
		Ref         string             `json:"$ref,omitempty"`
		Description string             `json:"description,omitempty"`
		Headers     map[string]*Header `json:"headers,omitempty"`
		Content     map[string]Media   `json:"content,omitempty"`
	}

	// Media is a body of one content type.
	Media struct {
		Schema   *Schema            `json:"schema,omitempty"`
		Example  json.RawMessage    `json:"example,omitempty"`
		Examples map[string]Example `json:"examples,omitempty"`
	}

	// Example is a value, or refers to one.
	Example struct {
		Ref     string          `json:"$ref,omitempty"`
		Summary string          `json:"summary,omitempty"`
		Value   json.RawMessage `json:"value,omitempty"`
	}

	// Header is one of an answer.
	Header struct {
		Ref         string  `json:"$ref,omitempty"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required,omitempty"`
		Schema      *Schema `json:"schema,omitempty"`
	}

	// Components are referred to by the rest.
	Components struct {
		SecuritySchemes map[string]SecurityScheme `json:"securitySchemes"`
		Parameters      map[string]*Parameter     `json:"parameters"`
		Headers         map[string]*Header        `json:"headers"`
		Responses       map[string]*Response      `json:"responses"`
		Examples        map[string]Example        `json:"examples"`
		Schemas         map[string]*Schema        `json:"schemas"`
	}

	// SecurityScheme is a way to prove who calls.
	SecurityScheme struct {
		Type         string          `json:"type"`
		Description  string          `json:"description"`
		Scheme       string          `json:"scheme,omitempty"`
		BearerFormat string          `json:"bearerFormat,omitempty"`
		Flows        map[string]Flow `json:"flows,omitempty"`
	}

	// Flow is how a token is got.
	Flow struct {
		TokenURL string            `json:"tokenUrl"`
		Scopes   map[string]string `json:"scopes"`
	}

	// Schema is a JSON Schema (draft 2020-12).
	Schema struct {
		Ref         string     `json:"$ref,omitempty"`
		Title       string     `json:"title,omitempty"`
		Description string     `json:"description,omitempty"`
		Type        string     `json:"type,omitempty"`
		Format      string     `json:"format,omitempty"`
		Const       any        `json:"const,omitempty"`
		Enum        []any      `json:"enum,omitempty"`
		Default     any        `json:"default,omitempty"`
		Pattern     string     `json:"pattern,omitempty"`
		MinLength   int        `json:"minLength,omitempty"`
		MaxLength   int        `json:"maxLength,omitempty"`
		Minimum     *int64     `json:"minimum,omitempty"`
		Maximum     *int64     `json:"maximum,omitempty"`
		Items       *Schema    `json:"items,omitempty"`
		Properties  Properties `json:"properties,omitempty"`
		Required    []string   `json:"required,omitempty"`
		// MinProperties is how many members an object has at least.
		MinProperties int `json:"minProperties,omitempty"`
		// More says whether an object may have members besides Properties; nil leaves it
		// open.
		More  *bool     `json:"additionalProperties,omitempty"`
		OneOf []*Schema `json:"oneOf,omitempty"`
	}

	// Properties keep their order.
	Properties []Property

	// Property is a member of an object.
	Property struct {
		Name   string
		Schema *Schema
	}
)

// MarshalJSON writes an object whose members are in order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for i, one := range p {
		out.WriteByte("{,"[min(i, 1)])
		name, _ := json.Marshal(one.Name) // a string always encodes
		schema, err := json.Marshal(one.Schema)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(schema)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its members.
func (p *Properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil { // the bracket
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		one := Property{Name: name.(string)} // a key always is one
		if err := d.Decode(&one.Schema); err != nil {
			return err
		}
		*p = append(*p, one)
	}
	return nil
}
