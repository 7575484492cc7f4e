package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"user-api/test/attack/measure"
)

type (
	// attacker has a network but no inside knowledge.
	attacker struct {
		url    string
		client *http.Client
		// proxied forges another X-Forwarded-For with each request.
		proxied bool
		// trusted says that the service trusts the forwarded address from.
		trusted bool
		from    string
		// wait lets time pass, or reports that the attacker has no patience left.
		wait func(time.Duration) bool

		requests int
		// stops counts the answers other than the desired one.
		stops map[string]int
	}

	answer struct {
		status int
		header http.Header
		body   []byte
		json   map[string]any
		took   time.Duration
	}

	object = map[string]any
)

func newAttacker(url string, wait func(time.Duration) bool) *attacker {
	return &attacker{url: url, client: &http.Client{Timeout: time.Minute}, wait: wait, stops: map[string]int{}}
}

func (a *attacker) get(path, bearer string) (answer, error) {
	return a.do(http.MethodGet, path, nil, bearer)
}

func (a *attacker) post(path string, body object) (answer, error) {
	return a.do(http.MethodPost, path, body, "")
}

func (a *attacker) do(method, path string, body object, bearer string) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequest(method, a.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	if a.proxied {
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.%d", rand.IntN(256), rand.IntN(256)))
	}
	if (a.trusted || a.proxied) && a.from != "" {
		req.Header.Set("X-Forwarded-For", a.from)
	}
	a.requests++
	begin := time.Now()
	resp, err := a.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	got := answer{status: resp.StatusCode, header: resp.Header}
	if got.body, err = io.ReadAll(resp.Body); err != nil {
		return answer{}, err
	}
	got.took = time.Since(begin)
	_ = json.Unmarshal(got.body, &got.json) // an answer without a body is valid, too
	if got.status >= 400 {
		a.stops[got.why()]++
	}
	return got, nil
}

// as sends the following requests as a client.
func (a *attacker) as(client string) *attacker {
	a.from = client
	return a
}

// why returns the error's code, with the limit if there is one.
func (g answer) why() string {
	why := strconv.Itoa(g.status)
	if code := g.text("code"); code != "" {
		why = code
	}
	if limit := g.text("limit"); limit != "" {
		why += " (" + limit + ")"
	}
	return why
}

func (g answer) retryAfter() time.Duration {
	seconds, _ := g.json["retryAfter"].(float64)
	return time.Duration(seconds) * time.Second
}

func (g answer) shape() string { return measure.Shape(g.status, g.header, g.body) }

func (g answer) text(key string) string {
	text, _ := g.json[key].(string)
	return text
}
