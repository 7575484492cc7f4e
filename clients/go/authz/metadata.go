package authz

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// discover returns the URL of the keys, which it reads once from the issuer's metadata
// (RFC 8414).
func (k *keyring) discover(ctx context.Context) (string, error) {
	k.mu.Lock()
	where := k.jwks
	k.mu.Unlock()
	if where != "" {
		return where, nil
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if _, err := k.caller.json(ctx, k.issuer+metadataPath, maxDocument, &metadata, nil); err != nil {
		return "", fmt.Errorf("metadata: %w", err)
	}
	if metadata.Issuer != k.issuer {
		return "", errors.New("metadata: the issuer does not match") // RFC 8414 section 3.3
	}
	if metadata.JWKS == "" {
		metadata.JWKS = k.issuer + jwksPath
	}
	if u, err := url.Parse(metadata.JWKS); err != nil || !secure(u) {
		return "", errors.New("metadata: jwks_uri is not https")
	}
	k.setJWKS(metadata.JWKS)
	return metadata.JWKS, nil
}

func (k *keyring) setJWKS(where string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.jwks = where
}
