package svc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"time"

	"user-api/internal/config"
)

// checkCertificate loads the pair that the server speaks TLS with. One that has
// expired is no reason not to start: some clients may still be served.
func checkCertificate(c config.Config) (string, error) {
	if c.CertFile == "" {
		return "none: http, for a proxy in front that speaks TLS", nil
	}
	if _, err := CertificateEnds(c); err != nil {
		return "", err
	}
	return c.CertFile + " fits its key", nil
}

// CertificateEnds loads the pair and returns when the server's certificate expires.
func CertificateEnds(c config.Config) (time.Time, error) {
	pair, err := LoadCertificate(c)
	if err != nil {
		return time.Time{}, err
	}
	return pair.Leaf.NotAfter, nil
}

// LoadCertificate loads the pair. Errors show nothing of the key.
func LoadCertificate(c config.Config) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("config: CertFile and KeyFile: %w", err)
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("config: KeyFile: %w", err)
	}
	if openKey(info) {
		return nil, fmt.Errorf("config: KeyFile: %s", openTo(c.KeyFile, info))
	}
	if pair.Leaf == nil {
		return nil, errors.New("config: CertFile: has no certificate")
	}
	return &pair, nil
}
