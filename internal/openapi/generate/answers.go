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
		status: http.StatusOK, text: "The session is valid.", media: jsonType, headers: []string{"X-User-Id", "X-User-Role", "X-Session-Id"},
	}},
	"GET /user/avatar/:id": {
		{status: http.StatusOK, text: "The picture.", media: jpegType, headers: []string{"ETag", "Cache-Control", "Content-Security-Policy"}},
		unchanged,
	},
	"GET /oauth/authorize": {
		htmlPage[0],
		{status: http.StatusSeeOther, text: "Redirect to the application with an error.", headers: []string{"Location"}},
	},
	"GET /user/login/social/:provider": {
		{status: http.StatusFound, text: "Redirect to the provider, or to returnTo with an error.", headers: []string{"Location", "Set-Cookie"}, only: true},
	},
	"GET /user/login/social/:provider/callback": {
		{status: http.StatusFound, text: "Redirect to returnTo.", headers: []string{"Location", "Set-Cookie"}, only: true},
	},
	"POST /user/login/social/:provider/callback": {
		{status: http.StatusSeeOther, text: "Redirect to the same URL.", headers: []string{"Location"}, only: true},
	},
	"GET /webhook/:provider/status": {
		{status: http.StatusOK, text: "The challenge.", media: textType, schema: &openapi.Schema{Type: "string"}},
	},
	"POST /webhook/:provider/status": {
		{status: http.StatusNoContent, text: "Accepted."},
		{status: http.StatusOK, text: "Accepted, for a provider that requires a body.", media: jsonType, schema: &openapi.Schema{Type: "object", More: new(true)}},
	},
	"POST /webhook/:provider/events": {
		{status: http.StatusAccepted, text: "Accepted."},
		{status: http.StatusOK, text: "Accepted from Apple.", media: jsonType, schema: &openapi.Schema{Type: "object", More: new(false)}},
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
		status: http.StatusOK, text: "The file, compressed if the client accepts that.", headers: []string{"Cache-Control"},
		media: cssType, schema: &openapi.Schema{Type: "string"}, alsoMedia: []string{jsType, jsonType, "image/svg+xml", "image/png"},
	}},
	"GET /dev/inbox": {{
		status: http.StatusOK, text: "The messages, as JSON or as a web page.", media: jsonType, alsoMedia: []string{htmlType},
	}},
	"GET /dev/inbox/stream": {{
		status: http.StatusOK, text: "The messages, as they arrive.", media: streamType, schema: &openapi.Schema{Type: "string"}, only: true,
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

var unchanged = answer{status: http.StatusNotModified, text: "Not modified.", headers: []string{"ETag", "Cache-Control"}}

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
		"By grant_type: authorization_code with code, code_verifier and redirect_uri; refresh_token with refresh_token; client_credentials, with scope to request fewer scopes than the client has.",
		openapi.Properties{
			{Name: "grant_type", Schema: &openapi.Schema{Type: "string", Enum: []any{"authorization_code", "refresh_token", "client_credentials"}}},
			{Name: "client_id", Schema: text("of a public client, or of one that authenticates in the form")},
			{Name: "client_secret", Schema: text("of a client that does not use HTTP Basic")},
			{Name: "code", Schema: text("of authorization_code")},
			{Name: "code_verifier", Schema: text("of authorization_code (RFC 7636)")},
			{Name: "redirect_uri", Schema: text("of authorization_code, as in the authorization request")},
			{Name: "refresh_token", Schema: text("of refresh_token")},
			{Name: "scope", Schema: text("separated by spaces")},
		}, "grant_type"),
	"POST /service/introspect": form("RFC 7662.", openapi.Properties{
		{Name: "token", Schema: text("the token to introspect")},
		{Name: "token_type_hint", Schema: text("optional and ignored")},
		{Name: "client_id", Schema: text("optional; must be the calling client's")},
		{Name: "client_secret", Schema: text("ignored: the client authenticates by HTTP Basic")},
	}, "token"),
	"POST /user/login/social/:provider/callback": form("The parameters that the browser posts for the provider.", openapi.Properties{
		{Name: "code", Schema: text("to exchange at the provider")},
		{Name: "state", Schema: text("from the authorization request")},
		{Name: "error", Schema: text("instead of code")},
		{Name: "iss", Schema: text("the issuer (RFC 9207)")},
	}),
	"POST /webhook/:provider/status": {
		Description: "In the provider's format and content type; some send everything in the query.",
		Content: map[string]openapi.Media{
			formType: {Schema: &openapi.Schema{Type: "object", More: new(true)}},
			jsonType: {Schema: &openapi.Schema{}},
		},
	},
	"POST /webhook/:provider/events": {
		Required: true, Description: "A security event token, or Apple's object that contains one.",
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
		query("redirect_uri", "one of the application's, compared exactly", true),
		query("code_challenge", "SHA-256 of the verifier, in base64url (RFC 7636)", true),
		query("code_challenge_method", "S256", true),
		query("state", "returned unchanged", false),
		query("max_age", "maximum age of the sign-in in seconds", false),
		query("prompt", "none: do not show a page", false),
		query("login_hint", "the user who should sign in: a phone number, an e-mail address or a username", false),
	},
	"GET /webhook/:provider/status": {
		query("hub.mode", "subscribe", false),
		query("hub.challenge", "the value to return", false),
		query("hub.verify_token", "the configured token", false),
	},
}

func query(name, description string, required bool) openapi.Parameter {
	return openapi.Parameter{Name: name, In: "query", Description: description, Required: required, Schema: &openapi.Schema{Type: "string"}}
}
