package server

import (
	"user-api/internal/avatar"
	"user-api/internal/httpapi"
	"user-api/internal/svc"
)

// formType is the content type of OAuth requests.
const formType = "application/x-www-form-urlencoded"

// eventType is the content type of security event tokens (RFC 8935); Apple uses jsonType.
const (
	eventType = "application/secevent+jwt"
	jsonType  = "application/json"
)

// bodies returns the routes whose body is not a JSON object of at most httpapi.MaxBody.
func bodies(s *svc.ServiceContext) httpapi.Bodies {
	all := httpapi.Bodies{
		"POST " + tokenPath:      {Types: []string{formType}, Max: httpapi.MaxBody},
		"POST " + introspectPath: {Types: []string{formType}, Max: httpapi.MaxBody},
		"PUT /user/avatar":       {Types: avatar.Types, Max: avatar.MaxBytes, Gzip: true},
	}
	for _, p := range s.Signin.SocialProviders() {
		all["POST /user/login/social/"+p.Name+"/callback"] = httpapi.Body{Types: []string{formType}, Max: httpapi.MaxBody}
	}
	for _, name := range s.Signin.EventProviders() {
		all["POST /webhook/"+name+"/events"] = httpapi.Body{Types: []string{eventType, jsonType}, Max: httpapi.MaxBody}
	}
	// Signatures of providers cover the body as received.
	for provider, media := range s.Callbacks.Media() {
		all["POST /webhook/"+provider+"/status"] = httpapi.Body{Types: []string{media}, Max: httpapi.MaxBody}
	}
	return all
}
