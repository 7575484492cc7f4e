package kit

import (
	"encoding/base64"
	"net/http"
	"net/url"

	clients "user-api/internal/client"
)

// Machine is a client with a secret.
type Machine struct{ Name, ID, Secret string }

// Machine creates a client with the given scopes.
func (a *App) Machine(name string, scopes ...string) Machine {
	a.t.Helper()
	one, secret, err := a.Service.Clients.Create(a.t.Context(), clients.Draft{Name: name, Scopes: scopes})
	if err != nil {
		a.t.Fatal(err)
	}
	remember(secret)
	return Machine{Name: name, ID: one.ID, Secret: secret}
}

// Basic returns the machine's Authorization header (RFC 6749).
func (m Machine) Basic() map[string]string {
	raw := url.QueryEscape(m.ID) + ":" + url.QueryEscape(m.Secret)
	return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(raw))}
}

// Token requests an access token for the machine itself.
func (a *App) Token(m Machine) string {
	a.t.Helper()
	resp := a.Do(FormRequest("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, m.Basic()))
	resp.Want(a.t, http.StatusOK, "")
	return resp.Text("access_token")
}

// FormRequest returns a POST request with a form.
func FormRequest(path string, form url.Values, header map[string]string) Request {
	all := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, value := range header {
		all[name] = value
	}
	return Request{Method: http.MethodPost, Path: path, Body: form.Encode(), Header: all}
}
