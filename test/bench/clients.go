package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"user-api/internal/keyring"
)

const (
	challengeKey = "ua:otp:{ua}:c:"
	saltBytes    = 16
	// journalTail is more than the embedded Redis writes between a code and its use.
	journalTail = 128 << 10
)

type (
	// fixed sends its requests in rotation.
	fixed struct {
		requests [][]byte
		at       int
	}

	// refresher exchanges refresh tokens. It rotates among many sessions, so that no single row
	// is hot; each continues with the token of its last answer.
	refresher struct {
		chains []string
		at     int
	}

	// byCode requests a code and signs in with it: two requests, one unit.
	byCode struct {
		numbers *atomic.Int64
		phone   string
		otpID   string
		// derive returns the code that was sent, or "" if it cannot.
		derive func(otpID, phone string) string
	}
)

func request(method, path, token, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n", method, path)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// getters returns clients that share the tokens.
func getters(conns int, path string, tokens []string) []client {
	clients := make([]client, conns)
	for i := range clients {
		var g fixed
		for j := i; j < len(tokens); j += conns {
			g.requests = append(g.requests, request("GET", path, tokens[j], ""))
		}
		clients[i] = &g
	}
	return clients
}

// posters returns clients that share the bodies.
func posters(conns int, path string, bodies []string) []client {
	clients := make([]client, conns)
	for i := range clients {
		var g fixed
		for j := i; j < len(bodies); j += conns {
			g.requests = append(g.requests, request("POST", path, "", bodies[j]))
		}
		clients[i] = &g
	}
	return clients
}

// refreshers returns clients that share the first tokens of all sessions.
func refreshers(conns int, tokens []string) []client {
	clients := make([]client, conns)
	for i := range clients {
		var r refresher
		for j := i; j < len(tokens); j += conns {
			r.chains = append(r.chains, tokens[j])
		}
		clients[i] = &r
	}
	return clients
}

// coders returns clients that take their numbers from one counter.
func coders(conns int, numbers *atomic.Int64, derive func(otpID, phone string) string) []client {
	clients := make([]client, conns)
	for i := range clients {
		clients[i] = &byCode{numbers: numbers, derive: derive}
	}
	return clients
}

func (g *fixed) next() []byte {
	g.at = (g.at + 1) % len(g.requests)
	return g.requests[g.at]
}

func (g *fixed) take(status int, body []byte) (bool, error) { return true, wantOK(status, body) }

func (r *refresher) next() []byte {
	r.at = (r.at + 1) % len(r.chains)
	return request("POST", "/user/refresh", "", `{"refreshToken":"`+r.chains[r.at]+`"}`)
}

func (r *refresher) take(status int, body []byte) (bool, error) {
	var pair struct{ RefreshToken string }
	if err := wantOK(status, body); err != nil {
		return false, err
	}
	err := json.Unmarshal(body, &pair)
	r.chains[r.at] = pair.RefreshToken
	return true, err
}

func (c *byCode) next() []byte {
	if c.otpID == "" {
		c.phone = phoneOf(int(c.numbers.Add(1)))
		return request("POST", "/user/otp", "", `{"phone":"`+c.phone+`"}`)
	}
	return request("POST", "/user/login", "", `{"otpId":"`+c.otpID+`","otp":"`+c.derive(c.otpID, c.phone)+`"}`)
}

func (c *byCode) take(status int, body []byte) (bool, error) {
	if err := wantOK(status, body); err != nil {
		c.otpID = ""
		return false, err
	}
	if c.otpID != "" {
		c.otpID = ""
		return true, nil
	}
	var ticket struct{ OtpID string }
	err := json.Unmarshal(body, &ticket)
	c.otpID = ticket.OtpID
	return false, err
}

func wantOK(status int, body []byte) error {
	if status != 200 {
		return fmt.Errorf("status %d: %.300s", status, body)
	}
	return nil
}

// sealedIn returns a function that reads the sealed address of a challenge, which contains its
// salt, from a Redis: one HGET.
func sealedIn(rdb redis.Cmdable) func(otpID string) ([]byte, error) {
	return func(otpID string) ([]byte, error) {
		return rdb.HGet(context.Background(), challengeKey+otpID, "address").Bytes()
	}
}

// sealedInJournal is sealedIn for the embedded Redis, which no other process can connect to.
// The function looks for the arguments of the script that opened the challenge, first in the
// last records and then, if the journal has just been rewritten, in all of it.
func sealedInJournal(path string) func(otpID string) ([]byte, error) {
	find := func(data []byte, otpID string) ([]byte, error) {
		_, data, _ = bytes.Cut(data, []byte(challengeKey+otpID))
		_, data, _ = bytes.Cut(data, []byte("\x07address"))
		length, n := binary.Uvarint(data)
		if n <= 0 || length > uint64(len(data)-n) {
			return nil, fmt.Errorf("the journal has no challenge %s", otpID)
		}
		return data[n : n+int(length)], nil
	}
	return func(otpID string) ([]byte, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if _, err := file.Seek(-journalTail, io.SeekEnd); err == nil {
			data, _ := io.ReadAll(file)
			if sealed, err := find(data, otpID); err == nil {
				return sealed, nil
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return find(data, otpID)
	}
}

// codes returns a function that derives the code of a challenge like internal/otp. The driver
// has the pepper and reads the salt from the store; reading the inbox instead would add to the
// load that is measured.
func codes(pepper string, digits int, sealedOf func(otpID string) ([]byte, error)) (func(otpID, phone string) string, error) {
	raw, err := base64.StdEncoding.DecodeString(pepper)
	if err != nil {
		return nil, err
	}
	ring, err := keyring.New(raw, nil)
	if err != nil {
		return nil, err
	}
	mac, err := ring.MAC("one-time code")
	if err != nil {
		return nil, err
	}
	modulus := uint64(math.Pow10(digits))
	return func(otpID, phone string) string {
		sealed, err := sealedOf(otpID)
		if err != nil {
			return ""
		}
		sum := mac.Sum("code", otpID, "login", phone) // of a build without salts, see -against
		if plain, err := ring.Open("salted challenge "+otpID, sealed); err == nil && len(plain) > saltBytes {
			sum = mac.Sum("code", string(plain[:saltBytes]), otpID, "login", phone)
		}
		// The service rejects the first 64 bits once in about 10^13 times.
		return fmt.Sprintf("%0*d", digits, binary.BigEndian.Uint64(sum)%modulus)
	}, nil
}
