package svc

import (
	"sync"

	"user-api/docs"
	"user-api/internal/openapi"
	"user-api/internal/web"
)

// wireDocument prepares the API document and its reference page, which are created on first
// use. The document names the URL of this service if it is configured.
func (s *ServiceContext) wireDocument() {
	address := ""
	if s.Config.Auth.IssuerURL() {
		address = s.Config.Auth.Issuer
	}
	s.APIDocument = sync.OnceValues(func() (openapi.File, error) { return openapi.NewFile(docs.OpenAPI, address) })
	s.Reference = sync.OnceValues(func() (web.Asset, error) { return s.Web.Docs(docs.Reference) })
}
