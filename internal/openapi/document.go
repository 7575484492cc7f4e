// Package openapi defines the API document (OpenAPI 3.1) and serves it.
// internal/openapi/generate writes its content.
package openapi

import (
	"bytes"
	"encoding/json"
)

// Version is the version of the specification.
const Version = "3.1.0"

// The objects of the specification, reduced to the members that are used.
type (
	// Document is the whole document.
	Document struct {
		OpenAPI    string          `json:"openapi"`
		Info       Info            `json:"info"`
		Servers    []Server        `json:"servers"`
		Tags       []Tag           `json:"tags"`
		Paths      map[string]Path `json:"paths"`
		Components Components      `json:"components"`
	}

	// Info describes the API.
	Info struct {
		Title       string  `json:"title"`
		Summary     string  `json:"summary,omitempty"`
		Description string  `json:"description"`
		Version     string  `json:"version"`
		License     License `json:"license"`
	}

	// License is the license of the service.
	License struct {
		Name       string `json:"name"`
		Identifier string `json:"identifier"`
	}

	// Server is a base URL of the API.
	Server struct {
		URL         string `json:"url"`
		Description string `json:"description,omitempty"`
	}

	// Tag is a group of operations.
	Tag struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}

	// Path maps methods in lower case to operations.
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
		// Responses maps statuses to responses.
		Responses map[string]*Response `json:"responses"`
	}

	// Parameter is a parameter in the path, the query or the headers.
	Parameter struct {
		Ref         string  `json:"$ref,omitempty"`
		Name        string  `json:"name,omitempty"`
		In          string  `json:"in,omitempty"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required,omitempty"`
		Schema      *Schema `json:"schema,omitempty"`
		Example     any     `json:"example,omitempty"`
	}

	// RequestBody describes a request body by content type.
	RequestBody struct {
		Description string           `json:"description,omitempty"`
		Required    bool             `json:"required,omitempty"`
		Content     map[string]Media `json:"content"`
	}

	// Response is the response for one status.
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

	// Example is an example value or a reference to one.
	Example struct {
		Ref     string          `json:"$ref,omitempty"`
		Summary string          `json:"summary,omitempty"`
		Value   json.RawMessage `json:"value,omitempty"`
	}

	// Header is a response header.
	Header struct {
		Ref         string  `json:"$ref,omitempty"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required,omitempty"`
		Schema      *Schema `json:"schema,omitempty"`
	}

	// Components contains the objects that are referenced elsewhere.
	Components struct {
		SecuritySchemes map[string]SecurityScheme `json:"securitySchemes"`
		Parameters      map[string]*Parameter     `json:"parameters"`
		Headers         map[string]*Header        `json:"headers"`
		Responses       map[string]*Response      `json:"responses"`
		Examples        map[string]Example        `json:"examples"`
		Schemas         map[string]*Schema        `json:"schemas"`
	}

	// SecurityScheme is an authentication method.
	SecurityScheme struct {
		Type         string          `json:"type"`
		Description  string          `json:"description"`
		Scheme       string          `json:"scheme,omitempty"`
		BearerFormat string          `json:"bearerFormat,omitempty"`
		Flows        map[string]Flow `json:"flows,omitempty"`
	}

	// Flow is an OAuth flow.
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
		// MinProperties is the minimum number of members of an object.
		MinProperties int `json:"minProperties,omitempty"`
		// More reports whether an object may have other members; nil leaves it open.
		More  *bool     `json:"additionalProperties,omitempty"`
		OneOf []*Schema `json:"oneOf,omitempty"`
	}

	// Properties is an ordered list of members.
	Properties []Property

	// Property is a member of an object.
	Property struct {
		Name   string
		Schema *Schema
	}
)

// MarshalJSON encodes an object with its members in order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for i, one := range p {
		out.WriteByte("{,"[min(i, 1)])
		name, _ := json.Marshal(one.Name) // encoding a string cannot fail
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

// UnmarshalJSON decodes an object and keeps the order of its members.
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
		one := Property{Name: name.(string)} // a key is always a string
		if err := d.Decode(&one.Schema); err != nil {
			return err
		}
		*p = append(*p, one)
	}
	return nil
}
