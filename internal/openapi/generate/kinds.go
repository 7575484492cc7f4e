package main

import (
	"strings"

	"user-api/internal/client"
	"user-api/internal/openapi"
)

// tags are the groups of operations in display order.
var tags = []openapi.Tag{
	{Name: "One-time codes", Description: "Codes by SMS, WhatsApp, voice and e-mail: the first step of a sign-in."},
	{Name: "Sign-in", Description: "Sign in, sign up, refresh and sign out."},
	{Name: "Second factors", Description: "An authenticator app and recovery codes."},
	{Name: "Passkeys", Description: "Sign in with a signature of a device or a security key (WebAuthn)."},
	{Name: "Social sign-in", Description: "Sign in with an account at another site, and link such accounts."},
	{Name: "User", Description: "The signed-in user."},
	{Name: "Addresses", Description: "Add or replace the user's phone number and e-mail address."},
	{Name: "Avatar", Description: "The user's picture."},
	{Name: "Sessions", Description: "The sessions of the user."},
	{Name: "Administration", Description: "For administrators, and for clients with a scope."},
	{Name: "OAuth", Description: "OAuth 2.1 for the operator's applications."},
	{Name: "Machines", Description: "For services and gateways that verify access tokens."},
	{Name: "Keys and metadata", Description: "How others discover the service and verify its tokens."},
	{Name: "Callbacks", Description: "Called by providers of messages and of social sign-in."},
	{Name: "Pages", Description: "For browsers, and this document."},
	{Name: "Health", Description: "For process supervisors and load balancers."},
	{Name: "Development", Description: "Not available in pro."},
}

// pathTexts describes path variables that no request type has.
var pathTexts = map[string]string{
	"provider": "the configured name of the provider",
	"id":       "as listed",
	"otpId":    "from the response of POST /user/otp",
	"hash":     "of the content",
	"name":     "of the file",
}

func securitySchemes() map[string]openapi.SecurityScheme {
	scopes := map[string]string{}
	for _, scope := range client.Scopes {
		scopes[scope] = scopeTexts[scope]
	}
	return map[string]openapi.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The accessToken of a sign-in. Cookies never authenticate."},
		"client":  {Type: "http", Scheme: "basic", Description: "Id and secret of a client created by `user-api client create`."},
		"machine": {Type: "oauth2", Description: "A client's own access token.", Flows: map[string]openapi.Flow{"clientCredentials": {TokenURL: "/oauth/token", Scopes: scopes}}},
	}
}

// scopeTexts describes what each scope allows.
var scopeTexts = map[string]string{
	client.AuditRead:       "read the audit trail and message deliveries",
	client.Introspect:      "introspect tokens",
	client.RevocationsRead: "follow revocations",
	client.SessionsWrite:   "end users' sessions",
	client.UsersRead:       "read users",
	client.UsersWrite:      "ban, change, invite and erase users",
}

// securities lists routes that the gate leaves open but that accept credentials.
var securities = map[string][]map[string][]string{
	"POST /user/logout": {{}, {"bearer": {}}},
	"POST /oauth/token": {{}, {"client": {}}},
}

func parameters() map[string]*openapi.Parameter {
	return map[string]*openapi.Parameter{
		"IdempotencyKey": {
			Name: "Idempotency-Key", In: "header", Description: "A random value chosen by the client: the same request with the same key gets the same response for 60 s.",
			Schema: &openapi.Schema{Type: "string", MinLength: 16, MaxLength: 128},
		},
		"IfNoneMatch": {
			Name: "If-None-Match", In: "header", Description: "The ETag of the cached content: 304 if it has not changed.", Schema: &openapi.Schema{Type: "string"},
		},
	}
}

func headers() map[string]*openapi.Header {
	text := func(description string) *openapi.Header {
		return &openapi.Header{Description: description, Schema: &openapi.Schema{Type: "string"}}
	}
	all := map[string]*openapi.Header{
		"X-Request-Id":            text("identifies the request in the log"),
		"Retry-After":             {Description: "whole seconds to wait, the same as retryAfter", Schema: &openapi.Schema{Type: "integer", Minimum: new(int64(1))}},
		"WWW-Authenticate":        text("the required authentication (RFC 6750, RFC 9470, RFC 7617)"),
		"ETag":                    text("identifies the content"),
		"Cache-Control":           text("how long the response may be cached"),
		"Location":                text("the target of the redirect"),
		"X-User-Id":               text("the user, for a gateway"),
		"X-User-Role":             text("the current role, for a gateway"),
		"X-Session-Id":            text("the session, for a gateway"),
		"Content-Security-Policy": text("the permissions of the page"),
	}
	for _, header := range all {
		header.Required = true
	}
	all["Set-Cookie"] = text("binds the provider's response to this browser")
	all["Idempotency-Replayed"] = &openapi.Header{Description: "true if the response is a repetition", Schema: &openapi.Schema{Type: "string", Enum: []any{"true"}}}
	all["WWW-Authenticate-Optional"] = text("with codes that require another authentication: which (RFC 9470)")
	return all
}

// headerRefs returns references to headers, including X-Request-Id, which every response
// has.
func headerRefs(names []string) map[string]*openapi.Header {
	all := map[string]*openapi.Header{"X-Request-Id": {Ref: "#/components/headers/X-Request-Id"}}
	for _, name := range names {
		all[strings.TrimSuffix(name, "?")] = &openapi.Header{Ref: "#/components/headers/" + strings.ReplaceAll(name, "?", "-Optional")}
	}
	return all
}
