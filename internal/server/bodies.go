package server

import (
	"user-api/internal/avatar"
	"user-api/internal/httpapi"
	"user-api/internal/svc"
)

// formType is what an OAuth client sends.
const formType = "application/x-www-form-urlencoded"

// eventType is what a provider sends its events as (RFC 8935), jsonType what Apple does.
const (
	eventType = "application/secevent+jwt"
	jsonType  = "application/json"
)

// bodies is the one table of what routes take as their body. A route that is not in
// it takes one JSON object of at most httpapi.MaxBody.
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
	// What a provider signs is the body as it came.
	for provider, media := range s.Callbacks.Media() {
		all["POST /webhook/"+provider+"/status"] = httpapi.Body{Types: []string{media}, Max: httpapi.MaxBody}
	}
	return all
}
