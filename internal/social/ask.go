package social

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Providers other than OpenID providers take and return JSON, except that token endpoints take
// forms. Errors contain nothing of the exchange: some providers want secrets in the query and
// repeat in their messages what they received.

// query sends a GET request, with an access token unless it is empty.
func (c *client) query(ctx context.Context, address string, q url.Values, token string, into any) error {
	address, err := withQuery(address, q)
	if err != nil {
		return err
	}
	headers := http.Header{}
	if token != "" {
		headers.Set("Authorization", "Bearer "+token)
	}
	status, body, err := c.get(ctx, address, headers)
	if err != nil {
		return err
	}
	return readJSON(status, body, into)
}

// json posts content as JSON.
func (c *client) json(ctx context.Context, address string, q url.Values, content, into any) error {
	address, err := withQuery(address, q)
	if err != nil {
		return err
	}
	text, err := json.Marshal(content)
	if err != nil {
		return unavailable("the request cannot be encoded")
	}
	status, body, err := c.send(ctx, http.MethodPost, address, nil, "application/json", string(text))
	if err != nil {
		return err
	}
	return readJSON(status, body, into)
}

// readJSON checks the status first: OAuth 2 refuses with 400 or 401 and JSON. Numbers keep their
// spelling.
func readJSON(status int, body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	switch status {
	case http.StatusOK:
		container := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) || bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
		if container && decoder.Decode(into) == nil { // null would decode to nothing
			return nil
		}
		return unavailable("the response is malformed")
	case http.StatusBadRequest, http.StatusUnauthorized:
		var answer struct {
			Error string `json:"error"`
		}
		if decoder.Decode(&answer) == nil && answer.Error != "" {
			return refusal(answer.Error)
		}
	}
	return unavailable("the status is not 200")
}

// refusal translates an OAuth 2 error code.
func refusal(word string) error {
	if i := slices.Index(configErrors, word); i >= 0 {
		return unavailable("the provider refuses our client: " + configErrors[i])
	}
	return refused("the provider refuses the code")
}

// withQuery adds parameters to a URL, which may already have some.
func withQuery(address string, q url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", unavailable("the URL is malformed")
	}
	u.RawQuery = strings.Trim(u.RawQuery+"&"+q.Encode(), "&")
	return u.String(), nil
}
