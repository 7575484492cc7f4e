// Package contract holds what the service answers against the API document: every
// answer of every test that runs the service is judged here. It is stricter than clients
// may be: an answer that has a member or a code which the document does not have is a
// mistake in one of the two.
package contract

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"user-api/docs"
)

// Document is the API document as it is judged by. It is safe for concurrent use.
type Document struct {
	root     map[string]any
	routes   []route
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

// route is an operation, found by its method and the parts of its path.
type route struct {
	method string
	parts  []string
	name   string // as METHOD /path/{id}
	at     string // JSON pointer
	op     map[string]any
}

// base is the address under which the compiler has the document.
const base = "http://contract.test/openapi.json"

// Shipped is docs/openapi.json, read once.
var Shipped = sync.OnceValues(func() (*Document, error) { return Read(docs.OpenAPI) })

// Read reads a document. Schemas are compiled when they are first used.
func Read(text []byte) (*Document, error) {
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	d := &Document{root: parsed.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	shut(d.root)
	if err := d.compiler.AddResource(base, d.root); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	paths, _ := d.root["paths"].(map[string]any)
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			d.routes = append(d.routes, route{
				method: strings.ToUpper(method), parts: strings.Split(path, "/"), name: strings.ToUpper(method) + " " + path,
				at: "#/paths/" + escape(path) + "/" + method, op: op.(map[string]any),
			})
		}
	}
	return d, nil
}

// shut has every object schema that lists its members take no others, unless it says
// that there are more.
func shut(node any) {
	switch node := node.(type) {
	case map[string]any:
		_, lists := node["properties"].(map[string]any)
		_, says := node["additionalProperties"]
		if lists && !says && node["type"] == "object" {
			node["additionalProperties"] = false
		}
		for key, child := range node {
			if key != "example" && key != "examples" {
				shut(child)
			}
		}
	case []any:
		for _, child := range node {
			shut(child)
		}
	}
}

// find is the operation that answers a request, by its path as it was spelled; ok is
// false where there is none.
func (d *Document) find(method, path string) (found route, ok bool) {
	if below, ok := strings.CutPrefix(path, checkPath+"/"); ok && !dotted(below) {
		path = checkPath
	}
	if path == checkPath {
		method = "GET" // any method and any path below answers the same
	}
	if method == "HEAD" {
		method = "GET"
	}
	parts, fixed := strings.Split(path, "/"), -1
	for _, r := range d.routes {
		if n := r.match(parts); r.method == method && n > fixed {
			found, fixed = r, n
		}
	}
	return found, fixed >= 0
}

// checkPath answers for gateways.
const checkPath = "/user/check"

// dotted reports whether a path has a segment of dots, which is no path of the service.
func dotted(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool {
		part = strings.ReplaceAll(strings.ToLower(part), "%2e", ".")
		return part == "." || part == ".."
	})
}

// match is how many parts are the path's own, or -1 if the path is another.
func (r route) match(parts []string) int {
	if len(parts) != len(r.parts) {
		return -1
	}
	fixed := 0
	for i, part := range r.parts {
		switch {
		case part == parts[i]:
			fixed++
		case !strings.HasPrefix(part, "{") || parts[i] == "":
			return -1
		}
	}
	return fixed
}

// schema compiles what is at a JSON pointer, once.
func (d *Document) schema(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.schemas[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(base + at)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	d.schemas[at] = s
	return s, nil
}

// resolve follows a reference of an object that may be one, and tells where it is then.
func (d *Document) resolve(node map[string]any, at string) (map[string]any, string) {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node, at
	}
	target := any(d.root)
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		object, _ := target.(map[string]any)
		target = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	found, _ := target.(map[string]any)
	return found, ref
}

// escape spells a key as a part of a JSON pointer in a URL.
func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", " ", "%20").Replace(key)
}
