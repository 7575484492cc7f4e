// Package docs hands the API document and its page, which are among the pages here, to the service.
package docs

import _ "embed"

// OpenAPI is openapi.json, which `make generate` writes.
//
//go:embed openapi.json
var OpenAPI []byte

// Reference is the document as a page for people: the inner part of it.
//
//go:embed reference.html
var Reference string
