package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"golang.org/x/oauth2"
)

// maxAnswer bounds how much of a response of the service is read.
const maxAnswer = 1 << 20

// discover reads the addresses of the service (RFC 8414). The issuer in the response must be
// the expected one; otherwise it is not the intended service.
func discover(ctx context.Context, client *http.Client, issuer string) (oauth2.Endpoint, error) {
	var meta struct {
		Issuer   string `json:"issuer"`
		AuthURL  string `json:"authorization_endpoint"`
		TokenURL string `json:"token_endpoint"`
	}
	if err := get(ctx, client, issuer+"/.well-known/oauth-authorization-server", &meta); err != nil {
		return oauth2.Endpoint{}, err
	}
	if meta.Issuer != issuer {
		return oauth2.Endpoint{}, fmt.Errorf("%s says that it is %q: set Auth.Issuer there and -issuer here to the same", issuer, meta.Issuer)
	}
	return oauth2.Endpoint{AuthURL: meta.AuthURL, TokenURL: meta.TokenURL, AuthStyle: oauth2.AuthStyleInHeader}, nil
}

// status is the error for a status other than 200.
type status int

func (s status) Error() string { return fmt.Sprintf("the service answers %d", int(s)) }

// get reads a JSON response.
func get(ctx context.Context, client *http.Client, address string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return status(resp.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into)
}
