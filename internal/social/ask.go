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

// What providers that are no OpenID providers are asked, and what they answer, is JSON, but
// for token endpoints, which are sent forms. No error holds anything of the exchange: some
// of them want secrets in the query, and repeat in their texts what they were sent.

// query asks with a query, and as the holder of an access token where there is one.
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

// form posts a form.
func (c *client) form(ctx context.Context, address string, form url.Values, into any) error {
	status, body, err := c.post(ctx, address, nil, form)
	if err != nil {
		return err
	}
	return readJSON(status, body, into)
}

// json posts JSON.
func (c *client) json(ctx context.Context, address string, q url.Values, content, into any) error {
	address, err := withQuery(address, q)
	if err != nil {
		return err
	}
	text, err := json.Marshal(content)
	if err != nil {
		return unavailable("it is asked what cannot be written")
	}
	status, body, err := c.send(ctx, http.MethodPost, address, nil, "application/json", string(text))
	if err != nil {
		return err
	}
	return readJSON(status, body, into)
}

// readJSON judges by the status first: what OAuth 2 refuses, it refuses with 400 or 401 and
// JSON. Numbers are read as they are written.
func readJSON(status int, body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	switch status {
	case http.StatusOK:
		some := bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) || bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
		if some && decoder.Decode(into) == nil { // null would be read as nothing
			return nil
		}
		return unavailable("its answer cannot be read")
	case http.StatusBadRequest, http.StatusUnauthorized:
		var said struct {
			Error string `json:"error"`
		}
		if decoder.Decode(&said) == nil && said.Error != "" {
			return refusal(said.Error)
		}
	}
	return unavailable("it answers with another status than 200")
}

// refusal is what an error of OAuth 2 means.
func refusal(word string) error {
	if i := slices.Index(ours, word); i >= 0 {
		return unavailable("it refuses us: " + ours[i])
	}
	return refused("it refuses the code")
}

// withQuery adds a query to an address, which may have one.
func withQuery(address string, q url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", unavailable("its address cannot be read")
	}
	u.RawQuery = strings.Trim(u.RawQuery+"&"+q.Encode(), "&")
	return u.String(), nil
}
