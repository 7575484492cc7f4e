package main

import (
	"strings"

	"user-api/internal/client"
	"user-api/internal/openapi"
)

// tags are the groups of operations in display order.
var tags = []openapi.Tag{
	{Name: "One-time codes", Description: "Codes by SMS, WhatsApp, voice and e-mail: how a sign-in begins."},
	{Name: "Sign-in", Description: "Sign in, sign up, refresh and sign out."},
	{Name: "Second factors", Description: "An authenticator app, and recovery codes beside it."},
	{Name: "Passkeys", Description: "Sign in by what a device or a key has signed (WebAuthn)."},
	{Name: "Social sign-in", Description: "Sign in by an account at another site, and link such accounts."},
	{Name: "User", Description: "The user who is signed in."},
	{Name: "Addresses", Description: "Add or replace the user's phone number and e-mail address."},
	{Name: "Avatar", Description: "The user's picture."},
	{Name: "Sessions", Description: "Where the user is signed in."},
	{Name: "Administration", Description: "For administrators, and for clients with a scope."},
	{Name: "OAuth", Description: "OAuth 2.1 for applications of the operator."},
	{Name: "Machines", Description: "For services and gateways that hold access tokens to be judged."},
	{Name: "Keys and metadata", Description: "How others find and verify what is issued here."},
	{Name: "Callbacks", Description: "What providers of messages and of social sign-in call."},
	{Name: "Pages", Description: "For browsers, and this document."},
	{Name: "Health", Description: "For the machine that runs the service, and for load balancers."},
	{Name: "Development", Description: "Not there in pro."},
}

// pathTexts describes path variables that no request type has.
var pathTexts = map[string]string{
	"provider": "the provider's name, as it is configured",
	"id":       "as it is told where it is listed",
	"otpId":    "of the answer of POST /user/otp",
	"hash":     "of the content",
	"name":     "of the file",
}

func securitySchemes() map[string]openapi.SecurityScheme {
	scopes := map[string]string{}
	for _, scope := range client.Scopes {
		scopes[scope] = scopeTexts[scope]
	}
	return map[string]openapi.SecurityScheme{
		"bearer":  {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The accessToken of a sign-in. No cookie ever signs anybody in here."},
		"client":  {Type: "http", Scheme: "basic", Description: "Id and secret of a client that `user-api client create` has made."},
		"machine": {Type: "oauth2", Description: "A client's own access token.", Flows: map[string]openapi.Flow{"clientCredentials": {TokenURL: "/oauth/token", Scopes: scopes}}},
	}
}

// scopeTexts describes what each scope allows.
var scopeTexts = map[string]string{
	client.AuditRead:       "read the trail and what became of messages",
	client.Introspect:      "ask whether a token holds",
	client.RevocationsRead: "follow what has ended",
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
			Name: "Idempotency-Key", In: "header", Description: "A random value of the client's: the same request under the same key gets the very same answer for 60 s.",
			Schema: &openapi.Schema{Type: "string", MinLength: 16, MaxLength: 128},
		},
		"IfNoneMatch": {
			Name: "If-None-Match", In: "header", Description: "The ETag of what one has: 304 where that is still it.", Schema: &openapi.Schema{Type: "string"},
		},
	}
}

func headers() map[string]*openapi.Header {
	text := func(description string) *openapi.Header {
		return &openapi.Header{Description: description, Schema: &openapi.Schema{Type: "string"}}
	}
	all := map[string]*openapi.Header{
		"X-Request-Id":            text("names the request in the log"),
		"Retry-After":             {Description: "whole seconds to wait, the same as retryAfter", Schema: &openapi.Schema{Type: "integer", Minimum: new(int64(1))}},
		"WWW-Authenticate":        text("which proof is asked for (RFC 6750, RFC 9470, RFC 7617)"),
		"ETag":                    text("names the content"),
		"Cache-Control":           text("how long the answer may be kept"),
		"Location":                text("where the browser goes"),
		"X-User-Id":               text("the user, for a gateway"),
		"X-User-Role":             text("the role in force, for a gateway"),
		"X-Session-Id":            text("the session, for a gateway"),
		"Content-Security-Policy": text("what the page may do"),
	}
	for _, header := range all {
		header.Required = true
	}
	all["Set-Cookie"] = text("binds the provider's answer to this browser")
	all["Idempotency-Replayed"] = &openapi.Header{Description: "there, and true, on an answer that was given before", Schema: &openapi.Schema{Type: "string", Enum: []any{"true"}}}
	all["WWW-Authenticate-Optional"] = text("with codes that ask for another proof: which (RFC 9470)")
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
