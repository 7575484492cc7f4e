package svc

import (
	"sync"

	"user-api/docs"
	"user-api/internal/openapi"
	"user-api/internal/web"
)

// wireDocument has the reference page made of the document when it is first asked for, and
// the document name the address of this service, where that is configured.
func (s *ServiceContext) wireDocument() {
	address := ""
	if s.Config.Auth.IssuerURL() {
		address = s.Config.Auth.Issuer
	}
	s.APIDocument = sync.OnceValues(func() (openapi.File, error) { return openapi.NewFile(docs.OpenAPI, address) })
	s.Reference = sync.OnceValues(func() (web.Asset, error) { return s.Web.Docs(docs.Reference) })
}
