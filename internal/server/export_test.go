package server

import (
	"net/http"
	"time"

	"user-api/internal/config"
)

// Certificate is the certificate of a server, for tests of its renewal.
type Certificate struct{ *certificate }

// NewCertificate loads the pair of a configuration.
func NewCertificate(c config.Config) (Certificate, error) {
	cert, err := newCertificate(c, func() bool { return false })
	return Certificate{cert}, err
}

// Look checks the files like the periodic watch.
func (c Certificate) Look() { c.refresh(false) }

// Ends returns when the served certificate expires.
func (c Certificate) Ends() time.Time {
	s := &http.Server{}
	c.install(s)
	conf, err := s.TLSConfig.GetConfigForClient(nil)
	if err != nil {
		return time.Time{}
	}
	return conf.Certificates[0].Leaf.NotAfter
}
