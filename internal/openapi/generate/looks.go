package main

import (
	"user-api/internal/channel"
	"user-api/internal/openapi"
	"user-api/model"
)

// openTypes are responses that may also have members chosen by the operator.
var openTypes = []string{"IntrospectResp"}

// looksOfAll maps names of response fields to constraints, wherever they occur.
var looksOfAll = map[string]func(*openapi.Schema){
	"channel":   oneOf(channel.All()...),
	"role":      oneOf(model.RoleUser, model.RoleAdmin),
	"phone":     pattern(`^\+[1-9][0-9]{3,14}$`),
	"email":     format("email"),
	"tokenType": oneOf("Bearer"),
	"avatar":    format("uri-reference"),
}

// looks maps single fields of a type to constraints.
var looks = map[string]func(*openapi.Schema){
	"CodeStatusResp.status":     oneOf("queued", "sent", "delivered", "failed"),
	"AdminUser.status":          oneOf("active", "banned"),
	"ExportAccount.status":      oneOf("active", "banned"),
	"HealthResp.status":         oneOf("ok"),
	"ReadyResp.status":          oneOf("ok", "degraded"),
	"ReadyParts.database":       part,
	"ReadyParts.redis":          part,
	"ReadyParts.migrations":     part,
	"ReadyParts.queue":          part,
	"OAuthTokenResp.token_type": oneOf("Bearer"),
	"LinkInfo.email":            leave, // masked
	"ExportMessage.channel":     leave, // as it was when the message was sent
	"Delivery.channel":          leave,
	"InboxMessage.channel":      leave,
	"RevocationEvent.role":      leave,
	"IntrospectResp.role":       leave,
	"IntrospectResp.aud":        oneOrMany,
	"MetadataResp.issuer":       format("uri"),
	"MfaEnrollment.uri":         format("uri"),
	"OAuthAgreeResp.location":   format("uri"),
}

// part is the state of a dependency.
func part(s *openapi.Schema) { oneOf("ok", "down", "read_only")(s) }

// oneOrMany is a string or a list of strings, as in tokens (RFC 7519 section 4.1.3).
func oneOrMany(s *openapi.Schema) {
	s.Type, s.OneOf = "", []*openapi.Schema{{Type: "string"}, {Type: "array", Items: &openapi.Schema{Type: "string"}}}
}

// leave adds no constraint.
func leave(*openapi.Schema) {}

func oneOf(words ...string) func(*openapi.Schema) {
	return func(s *openapi.Schema) { s.Enum = anys(words) }
}

func pattern(text string) func(*openapi.Schema) {
	return func(s *openapi.Schema) { s.Pattern = text }
}

func format(name string) func(*openapi.Schema) {
	return func(s *openapi.Schema) { s.Format = name }
}
