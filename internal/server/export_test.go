package server

import (
	"net/http"
	"time"

	"user-api/internal/config"
)

// Certificate is what a server speaks TLS with, for tests of how it is renewed.
type Certificate struct{ *certificate }

// NewCertificate loads the pair of a configuration.
func NewCertificate(c config.Config) (Certificate, error) {
	cert, err := newCertificate(c, func() bool { return false })
	return Certificate{cert}, err
}

// Look is what the watch does at each turn.
func (c Certificate) Look() { c.refresh(false) }

// Ends is when the certificate expires that a client is shown.
func (c Certificate) Ends() time.Time {
	s := &http.Server{}
	c.install(s)
	conf, err := s.TLSConfig.GetConfigForClient(nil)
	if err != nil {
		return time.Time{}
	}
	return conf.Certificates[0].Leaf.NotAfter
}
