// Package docs hands the API document, which lies among the pages, to the service.
package docs

import _ "embed"

// OpenAPI is openapi.json, which `make generate` writes.
//
//go:embed openapi.json
var OpenAPI []byte
