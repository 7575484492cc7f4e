package main

import (
	"slices"
	"strings"
	"unicode"

	"user-api/internal/openapi"
	"user-api/internal/server"
)

// operation describes one route.
func (b *builder) operation(r route) *openapi.Operation {
	return &openapi.Operation{
		ID:          lowerFirst(r.Handler),
		Tags:        []string{r.Tag},
		Summary:     r.Summary,
		Description: r.Description,
		Security:    security(r),
		Parameters:  b.parametersOf(r),
		Body:        b.body(r),
		Responses:   b.responses(r),
	}
}

// lowerFirst converts the name of a handler into an operation ID: OAuthToken becomes
// oauthToken.
func lowerFirst(name string) string {
	runes := []rune(name)
	for i, c := range runes {
		if i > 0 && i+1 < len(runes) && !unicode.IsUpper(runes[i+1]) || !unicode.IsUpper(c) {
			break
		}
		runes[i] = unicode.ToLower(c)
	}
	return string(runes)
}

// parametersOf returns the parameters in the path, the query and the headers.
func (b *builder) parametersOf(r route) (list []*openapi.Parameter) {
	request := b.types[r.Request]
	for _, name := range r.variables() {
		p := &openapi.Parameter{Name: name, In: "path", Required: true, Schema: &openapi.Schema{Type: "string"}}
		for _, f := range request.fields("path") {
			if f.name == name {
				p.Description, p.Schema = f.Comment, b.input(r.Request, f)
			}
		}
		if p.Description == "" {
			p.Description = pathTexts[name]
		}
		list = append(list, p)
	}
	for _, f := range request.fields("form") {
		schema := b.input(r.Request, f)
		list = append(list, &openapi.Parameter{Name: f.name, In: "query", Required: !f.optional, Description: f.Comment, Schema: schema})
	}
	for _, p := range queries[r.name()] {
		list = append(list, &p)
	}
	if slices.Contains(r.Middlewares, "Idempotent") {
		list = append(list, &openapi.Parameter{Ref: "#/components/parameters/IdempotencyKey"})
	}
	for _, a := range answers[r.name()] {
		if a.status == 304 {
			list = append(list, &openapi.Parameter{Ref: "#/components/parameters/IfNoneMatch"})
		}
	}
	return list
}

// body returns the request body of a route, or nil if there is none.
func (b *builder) body(r route) *openapi.RequestBody {
	if body, ok := bodies[r.name()]; ok {
		return &body
	}
	fields := b.types[r.Request].fields("json")
	if len(fields) == 0 {
		return nil
	}
	media := openapi.Media{Schema: b.request(r.Request), Example: b.examples[r.name()].Request}
	required := slices.Contains(demanding, r.Request)
	for _, f := range fields {
		required = required || !f.optional
	}
	return &openapi.RequestBody{Required: required, Content: map[string]openapi.Media{jsonType: media}}
}

// security returns the accepted credentials of a route.
func security(r route) []map[string][]string {
	if own, ok := securities[r.name()]; ok {
		return own
	}
	d := server.DemandOf(r.Method, r.served())
	list := []map[string][]string{}
	if d.People() {
		list = append(list, map[string][]string{"bearer": {}})
	}
	if d.Scope != "" {
		list = append(list, map[string][]string{"client": {}}, map[string][]string{"machine": {d.Scope}})
	}
	return list
}

// hasInput reports whether a part of the request other than the body can be malformed.
func (b *builder) hasInput(r route) bool {
	request := b.types[r.Request]
	if len(request.fields("form")) > 0 {
		return true
	}
	return slices.ContainsFunc(request.fields("path"), func(f spelled) bool { return !strings.HasPrefix(f.Type, "string") })
}
