package kit

import (
	"encoding/base64"
	"net/http"
	"net/url"

	clients "user-api/internal/client"
)

// Machine is a client that has a secret.
type Machine struct{ Name, ID, Secret string }

// Machine makes a client with some scopes.
func (a *App) Machine(name string, scopes ...string) Machine {
	a.t.Helper()
	one, secret, err := a.Service.Clients.Create(a.t.Context(), clients.Draft{Name: name, Scopes: scopes})
	if err != nil {
		a.t.Fatal(err)
	}
	remember(secret)
	return Machine{Name: name, ID: one.ID, Secret: secret}
}

// Basic is the machine's Authorization header, as RFC 6749 spells it.
func (m Machine) Basic() map[string]string {
	raw := url.QueryEscape(m.ID) + ":" + url.QueryEscape(m.Secret)
	return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(raw))}
}

// Token asks for an access token of the machine's own.
func (a *App) Token(m Machine) string {
	a.t.Helper()
	resp := a.Do(FormRequest("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, m.Basic()))
	resp.Want(a.t, http.StatusOK, "")
	return resp.Text("access_token")
}

// FormRequest posts a form.
func FormRequest(path string, form url.Values, header map[string]string) Request {
	all := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, value := range header {
		all[name] = value
	}
	return Request{Method: http.MethodPost, Path: path, Body: form.Encode(), Header: all}
}
