// Package carrier plays the providers of a service in all the ways they fare: a
// Messages API for phones and a mail server, each on a loopback port of its own.
// They show whether what becomes of a message tells who has an account.
package carrier

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// How the providers fare.
const (
	Healthy Weather = iota
	// Refusing: no message is accepted, for a reason that names nobody's fault.
	Refusing
	// Broken: a 5xx, and a connection that ends instead of the answer.
	Broken
	// Silent: nothing is ever answered.
	Silent
	// Locked: the account is not known, which opens a circuit at once.
	Locked
	// RegionOff: the country is switched off. Mail has no countries: it is Refusing.
	RegionOff
	// Unreachable: the channel does not reach this recipient.
	Unreachable
)

// Delay is how long a healthy provider thinks.
const Delay = 100 * time.Millisecond

// Account and Key are those of the Messages API; any secret does.
const (
	Account = "AC0123456789abcdef0123456789abcdef"
	Key     = "SK0123456789abcdef0123456789abcdef"
)

// refusals are what the Messages API answers: a status and a code of Twilio's.
var refusals = map[Weather][2]int{
	Refusing: {400, 0}, Broken: {500, 20500}, Locked: {401, 20003}, RegionOff: {400, 21408}, Unreachable: {400, 21614},
}

type (
	// Weather is how the providers fare.
	Weather int

	// Carrier is the running providers. It is safe for concurrent use.
	Carrier struct {
		// URL is the base of the Messages API, Port that of the mail server.
		URL  string
		Port int

		http   *http.Server
		mail   net.Listener
		closed chan struct{}

		mu        sync.Mutex
		weather   Weather
		accepted  int
		callbacks []string
	}
)

// New starts the providers, in good health.
func New() (*Carrier, error) {
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		api.Close()
		return nil, err
	}
	c := &Carrier{
		URL: "http://" + api.Addr().String(), Port: mail.Addr().(*net.TCPAddr).Port,
		mail: mail, closed: make(chan struct{}),
	}
	c.http = &http.Server{Handler: http.HandlerFunc(c.message), ReadHeaderTimeout: time.Minute}
	go func() { _ = c.http.Serve(api) }() // ends with Close
	go c.serveMail()
	return c, nil
}

// Config is how a service uses the providers, as YAML.
func (c *Carrier) Config(more string) string {
	return fmt.Sprintf(`
Sms:
  Provider: twilio
  Channels: [sms, whatsapp]
  Twilio: {AccountSid: %s, ApiKey: %s, ApiSecret: apisecret0123456789, BaseUrl: %q, From: "+15005550006"%s}
  WhatsApp: {ContentSid: HX0123456789abcdef0123456789abcdef, From: "+15005550007"}
Email: {Provider: smtp, Smtp: {Host: 127.0.0.1, Port: %d, From: no-reply@example.com, Tls: none}}
`, Account, Key, c.URL, more, c.Port)
}

// Set changes the weather.
func (c *Carrier) Set(w Weather) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.weather = w
}

// Callbacks are where to tell of the text messages that were accepted.
func (c *Carrier) Callbacks() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.callbacks...)
}

// Close ends everything, stalled requests too.
func (c *Carrier) Close() {
	close(c.closed)
	c.http.Close()
	c.mail.Close()
}

// now is the weather, after the time the provider thinks.
func (c *Carrier) now() Weather {
	c.mu.Lock()
	w := c.weather
	c.mu.Unlock()
	if w == Silent {
		<-c.closed
		return w
	}
	select {
	case <-c.closed:
	case <-time.After(Delay):
	}
	return w
}

// accept returns the number of an accepted message.
func (c *Carrier) accept(callback string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted++
	if callback != "" {
		c.callbacks = append(c.callbacks, callback)
	}
	return c.accepted
}

// message answers as the Messages API.
func (c *Carrier) message(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || !strings.HasSuffix(r.URL.Path, "/Messages.json") {
		http.NotFound(w, r)
		return
	}
	status, body := http.StatusCreated, map[string]any{}
	if refusal, ok := refusals[c.now()]; ok {
		status = refusal[0]
		body["status"], body["code"] = refusal[0], refusal[1]
	} else {
		body["sid"], body["status"] = fmt.Sprintf("SM%032x", c.accept(r.PostForm.Get("StatusCallback"))), "queued"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left is no fault of ours
}
