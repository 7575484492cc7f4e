package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/openapi"
	"user-api/internal/server"
)

// exampleID is the request ID in the examples.
const exampleID = "b330062beed5fa7f9f949b589c1f30d2"

// errorTexts describes the members of an error, one row each.
var errorTexts = map[string]string{
	"code":              "for programs; its meaning does not change. A later release may add codes",
	"msg":               "for people, in English",
	"requestId":         "also in the log and in X-Request-Id",
	"field":             "the invalid input",
	"retryAfter":        "whole seconds, the same as Retry-After",
	"attemptsLeft":      "remaining attempts of a valid challenge",
	"limit":             "of rate_limited: the exceeded limit",
	"nextAllowedAt":     "of rate_limited: when the limit ends, in Unix seconds",
	"captcha":           "of captcha_required: the provider of the captcha",
	"siteKey":           "of captcha_required: its public key",
	"captchaAction":     "of captcha_required: the action to pass to Turnstile and reCAPTCHA v3",
	"error":             "of the token endpoint and of introspection: the code of RFC 6749",
	"error_description": "describes error",
	"err":               "to providers that send events: the code of RFC 8935",
	"description":       "describes err",
	"mfaToken":          "of mfa_required: what to send with the second factor",
	"methods":           "of mfa_required: the accepted second factors",
	"otpId":             "of rate_limited: the valid code, if it was requested with the same Idempotency-Key",
}

// errorSchema returns the schema of all errors.
func (b *builder) errorSchema() *openapi.Schema {
	s := &openapi.Schema{Type: "object", Description: "All errors have this schema.", Required: []string{"code", "msg", "requestId"}}
	members := httpapi.ErrorMembers()
	for _, name := range members {
		one := &openapi.Schema{Type: "string", Description: errorTexts[name]}
		switch name {
		case "code":
			codes := apperr.Codes()
			slices.Sort(codes)
			one.Enum = anys(codes)
		case "retryAfter", "attemptsLeft", "nextAllowedAt":
			one.Type, one.Format, one.Minimum = "integer", "int64", new(int64)
		case "methods":
			one.Type, one.Items = "array", &openapi.Schema{Type: "string"}
		}
		if one.Description == "" {
			b.problems = append(b.problems, fmt.Errorf("the member %s of an error has no description", name))
		}
		s.Properties = append(s.Properties, openapi.Property{Name: name, Schema: one})
	}
	for name := range errorTexts {
		if !slices.Contains(members, name) {
			b.problems = append(b.problems, fmt.Errorf("%s is described, and is no member of an error", name))
		}
	}
	return s
}

// errorExample returns an example of an error, encoded as by the service.
func (b *builder) errorExample(r route, code apperr.Code) openapi.Example {
	e := sampleOf(code)
	if server.AnswersOAuth(r.served()) {
		name := "OAuth" + camel(string(code))
		b.out.Components.Examples[name] = openapi.Example{Summary: e.Message(), Value: json.RawMessage(httpapi.OAuthErrorJSON(e, exampleID))}
		return openapi.Example{Ref: "#/components/examples/" + name}
	}
	name := camel(string(code))
	b.out.Components.Examples[name] = openapi.Example{Summary: e.Message(), Value: json.RawMessage(httpapi.ErrorJSON(e, exampleID))}
	return openapi.Example{Ref: "#/components/examples/" + name}
}

// sampleOf returns an error of a code with the members that it may have.
func sampleOf(code apperr.Code) *apperr.Error {
	e := apperr.New(code)
	switch code {
	case apperr.InvalidRequest:
		return e.WithField("otpId")
	case apperr.OtpInvalid:
		return e.WithAttemptsLeft(4)
	case apperr.MfaRequired:
		return e.WithMethods("totp", "recovery_code", "passkey").WithMfaToken("mfa-token-of-this-sign-in")
	case apperr.Reauthenticate:
		return e.WithMaxAge(10 * time.Minute)
	case apperr.CaptchaRequired:
		return e.WithCaptcha("turnstile", "0x4AAAAAAADnPIDROrmt1Wwj", "login")
	case apperr.RateLimited:
		return e.WithLimit("cooldown", 1764273600).WithRetryAfter(42 * time.Second)
	case apperr.Unavailable:
		return e.WithRetryAfter(time.Second)
	}
	return e
}
