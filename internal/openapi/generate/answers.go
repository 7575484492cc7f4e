package main

import (
	"encoding/json"
	"net/http"

	"user-api/internal/avatar"
	"user-api/internal/openapi"
)

const (
	formType  = "application/x-www-form-urlencoded"
	htmlType  = "text/html"
	textType  = "text/plain"
	jpegType  = "image/jpeg"
	cssType   = "text/css"
	jsType    = "text/javascript"
	eventType = "application/secevent+jwt"

	streamType = "text/event-stream"
)

// answer is a success response that user.api cannot describe.
type answer struct {
	status int
	text   string
	media  string
	// alsoMedia lists alternative content types.
	alsoMedia []string
	schema    *openapi.Schema
	headers   []string
	example   json.RawMessage
	// only means that the route has no other success response.
	only bool
}

// answers maps routes to their success responses. JSON without a schema has that of
// user.api.
var answers = map[string][]answer{
	"GET /user/check": {{
		status: http.StatusOK, text: "The session lives.", media: jsonType, headers: []string{"X-User-Id", "X-User-Role", "X-Session-Id"},
	}},
	"GET /user/avatar/:id": {
		{status: http.StatusOK, text: "The picture.", media: jpegType, headers: []string{"ETag", "Cache-Control", "Content-Security-Policy"}},
		unchanged,
	},
	"GET /oauth/authorize": {
		htmlPage[0],
		{status: http.StatusSeeOther, text: "An error for the application.", headers: []string{"Location"}},
	},
	"GET /user/login/social/:provider": {
		{status: http.StatusFound, text: "To the provider, or to returnTo with an error.", headers: []string{"Location", "Set-Cookie"}, only: true},
	},
	"GET /user/login/social/:provider/callback": {
		{status: http.StatusFound, text: "To returnTo.", headers: []string{"Location", "Set-Cookie"}, only: true},
	},
	"POST /user/login/social/:provider/callback": {
		{status: http.StatusSeeOther, text: "To the same address.", headers: []string{"Location"}, only: true},
	},
	"GET /webhook/:provider/status": {
		{status: http.StatusOK, text: "What was asked for.", media: textType, schema: &openapi.Schema{Type: "string"}},
	},
	"POST /webhook/:provider/status": {
		{status: http.StatusNoContent, text: "Taken."},
		{status: http.StatusOK, text: "Taken, by a provider that wants to be told so.", media: jsonType, schema: &openapi.Schema{Type: "object", More: new(true)}},
	},
	"POST /webhook/:provider/events": {
		{status: http.StatusAccepted, text: "Taken."},
		{status: http.StatusOK, text: "Taken, from Apple.", media: jsonType, schema: &openapi.Schema{Type: "object", More: new(false)}},
	},
	"GET /":         htmlPage,
	"GET /account":  htmlPage,
	"GET /admin/ui": htmlPage,
	"GET /docs":     {htmlPage[0], unchanged},
	"GET /captcha":  htmlPage,
	"GET /signin.js": {
		{status: http.StatusOK, text: "The module.", media: jsType, schema: &openapi.Schema{Type: "string"}, headers: []string{"ETag", "Cache-Control"}},
		unchanged,
	},
	"GET /assets/:hash/:name": {{
		status: http.StatusOK, text: "The file, compressed where the client takes that.", headers: []string{"Cache-Control"},
		media: cssType, schema: &openapi.Schema{Type: "string"}, alsoMedia: []string{jsType, jsonType, "image/svg+xml", "image/png"},
	}},
	"GET /dev/inbox": {{
		status: http.StatusOK, text: "The messages, or a page of them.", media: jsonType, alsoMedia: []string{htmlType},
	}},
	"GET /dev/inbox/stream": {{
		status: http.StatusOK, text: "The messages, as they come.", media: streamType, schema: &openapi.Schema{Type: "string"}, only: true,
	}},
	"GET /dev/inbox/mail/:id": htmlPage,
	"GET /openapi.json": {
		{status: http.StatusOK, text: "The document.", media: jsonType, schema: &openapi.Schema{Type: "object", More: new(true)}, headers: []string{"ETag", "Cache-Control"}},
		unchanged,
	},
	"GET /.well-known/jwks.json":                  lasting,
	"GET /.well-known/oauth-authorization-server": lasting,
	"GET /.well-known/openid-configuration":       lasting,
	"GET /.well-known/webauthn":                   lasting,
}

// htmlPage is the response of a page.
var htmlPage = []answer{{
	status: http.StatusOK, text: "The page.", media: htmlType, schema: &openapi.Schema{Type: "string"}, headers: []string{"Content-Security-Policy"},
}}

// lasting is the response of a cacheable document.
var lasting = []answer{
	{status: http.StatusOK, text: "The document.", media: jsonType, headers: []string{"ETag", "Cache-Control"}},
	unchanged,
}

var unchanged = answer{status: http.StatusNotModified, text: "It is what one has.", headers: []string{"ETag", "Cache-Control"}}

func (a answer) response() *openapi.Response {
	r := &openapi.Response{Description: a.text, Headers: headerRefs(a.headers)}
	if a.media != "" {
		r.Content = map[string]openapi.Media{a.media: {Schema: a.schema, Example: a.example}}
	}
	for _, media := range a.alsoMedia {
		schema := &openapi.Schema{Type: "string"}
		if media == jsonType {
			schema = &openapi.Schema{Type: "object", More: new(true)}
		}
		r.Content[media] = openapi.Media{Schema: schema}
	}
	return r
}

// bodies maps routes to request bodies that are not an object of user.api.
var bodies = map[string]openapi.RequestBody{
	"PUT /user/avatar": {Required: true, Description: "At most 1 MiB and 40 megapixels.", Content: pictures()},
	"POST /oauth/token": form(
		"By grant_type: authorization_code with code, code_verifier and redirect_uri; refresh_token with refresh_token; client_credentials, with scope if fewer are wanted than the client has.",
		openapi.Properties{
			{Name: "grant_type", Schema: &openapi.Schema{Type: "string", Enum: []any{"authorization_code", "refresh_token", "client_credentials"}}},
			{Name: "client_id", Schema: text("of a public client, or of one that proves itself in the form")},
			{Name: "client_secret", Schema: text("of a client that does not use HTTP Basic")},
			{Name: "code", Schema: text("of authorization_code")},
			{Name: "code_verifier", Schema: text("of authorization_code (RFC 7636)")},
			{Name: "redirect_uri", Schema: text("of authorization_code, as it was asked with")},
			{Name: "refresh_token", Schema: text("of refresh_token")},
			{Name: "scope", Schema: text("separated by spaces")},
		}, "grant_type"),
	"POST /service/introspect": form("RFC 7662.", openapi.Properties{
		{Name: "token", Schema: text("the token that is asked about")},
		{Name: "token_type_hint", Schema: text("is not needed, and not heeded")},
		{Name: "client_id", Schema: text("of the client that asks; then it must be that")},
		{Name: "client_secret", Schema: text("is not heeded: the client proves itself by HTTP Basic")},
	}, "token"),
	"POST /user/login/social/:provider/callback": form("What the provider has the browser post.", openapi.Properties{
		{Name: "code", Schema: text("with which the provider is asked")},
		{Name: "state", Schema: text("that the browser was sent with")},
		{Name: "error", Schema: text("in the place of code")},
		{Name: "iss", Schema: text("who answers (RFC 9207)")},
	}),
	"POST /webhook/:provider/status": {
		Description: "In the provider's own form, of the content type that it has; some tell all in the query.",
		Content: map[string]openapi.Media{
			formType: {Schema: &openapi.Schema{Type: "object", More: new(true)}},
			jsonType: {Schema: &openapi.Schema{}},
		},
	},
	"POST /webhook/:provider/events": {
		Required: true, Description: "A security event token, or Apple's object with one.",
		Content: map[string]openapi.Media{
			eventType: {Schema: &openapi.Schema{Type: "string"}},
			jsonType: {Schema: &openapi.Schema{
				Type: "object", Required: []string{"payload"}, More: new(true),
				Properties: openapi.Properties{{Name: "payload", Schema: &openapi.Schema{Type: "string"}}},
			}},
		},
	},
}

func pictures() map[string]openapi.Media {
	all := map[string]openapi.Media{}
	for _, kind := range avatar.Types {
		all[kind] = openapi.Media{}
	}
	return all
}

func text(description string) *openapi.Schema {
	return &openapi.Schema{Type: "string", Description: description}
}

func form(description string, fields openapi.Properties, required ...string) openapi.RequestBody {
	schema := &openapi.Schema{Type: "object", Properties: fields, Required: required, More: new(true)} // RFC 6749 section 3.2: unknown parameters are ignored
	return openapi.RequestBody{Required: true, Description: description, Content: map[string]openapi.Media{formType: {Schema: schema}}}
}

// queries maps routes to parameters that their handler parses itself.
var queries = map[string][]openapi.Parameter{
	"GET /oauth/authorize": {
		query("response_type", "code", true),
		query("client_id", "the application", true),
		query("redirect_uri", "one of the application's, letter by letter", true),
		query("code_challenge", "SHA-256 of the verifier, in base64url (RFC 7636)", true),
		query("code_challenge_method", "S256", true),
		query("state", "given back", false),
		query("max_age", "seconds: how old the sign-in may be", false),
		query("prompt", "none: show no page", false),
		query("login_hint", "who is to sign in: a phone number, an e-mail address or a username", false),
	},
	"GET /webhook/:provider/status": {
		query("hub.mode", "subscribe", false),
		query("hub.challenge", "what is to be answered", false),
		query("hub.verify_token", "the token that was set up", false),
	},
}

func query(name, description string, required bool) openapi.Parameter {
	return openapi.Parameter{Name: name, In: "query", Description: description, Required: required, Schema: &openapi.Schema{Type: "string"}}
}
