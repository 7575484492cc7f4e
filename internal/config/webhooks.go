package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"user-api/internal/channel"
)

// The values of Webhook.Addresses.
const (
	AddressesMasked = "masked"
	AddressesClear  = "clear"
)

// WebhookPrefix is the prefix of a webhook secret, followed by the base64 of WebhookMin to
// WebhookMax bytes.
const (
	WebhookPrefix = "whsec_"
	WebhookMin    = 24
	WebhookMax    = 64
)

// WebhookEvents lists the event types that an endpoint can receive.
var WebhookEvents = []string{
	"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned", "user.role_changed",
	"address.bound", "address.removed", "password.changed", "session.created", "session.ended",
}

var endpointName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Webhook is an endpoint of the operator that is notified about changes to users.
type Webhook struct {
	// Name identifies the endpoint in metrics, commands and the outbox.
	Name string
	// Url is the URL to which events are posted.
	Url string
	// Secret signs the events: whsec_ and the base64 of 24 to 64 bytes. Its variable ends
	// in the name of the endpoint, as WEBHOOK_SECRET_ORDERS.
	Secret string `json:",optional,env=WEBHOOK_SECRET"`
	// PrevSecret adds a second signature during a rotation.
	PrevSecret string `json:",optional,env=PREV_WEBHOOK_SECRET"`
	// Events lists the event types to send; empty means all.
	Events []string `json:",optional"`
	// Addresses is masked or clear.
	Addresses string `json:",default=masked"`
	// AllowPrivate allows Url to address a private network or this host.
	AllowPrivate bool `json:",optional"`
	// Concurrency is the maximum number of concurrent requests per node, 1 to 64.
	Concurrency int `json:",default=8"`
	// Timeout limits a request, 1 to 30 s.
	Timeout Seconds `json:",default=10"`
}

// Kinds returns the event types to send.
func (w Webhook) Kinds() []string {
	if len(w.Events) == 0 {
		return WebhookEvents
	}
	return w.Events
}

// WebhookKey returns the key of a webhook secret, or nil if it is invalid.
func WebhookKey(secret string) []byte {
	encoded, ok := strings.CutPrefix(secret, WebhookPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < WebhookMin || len(key) > WebhookMax {
		return nil
	}
	return key
}

func (c Config) checkWebhooks(k *checker) {
	names, secrets := map[string]bool{}, map[string]string{}
	for i, w := range c.Webhooks {
		at := element("Webhooks", i)
		switch {
		case !endpointName.MatchString(w.Name):
			k.add(at+".Name", "must have 1 to 32 of a-z 0-9 -, and neither begin nor end with -, is %q", w.Name)
		case names[w.Name]:
			k.add(at+".Name", "is given twice")
		}
		names[w.Name] = true
		w.checkURL(k, at+".Url")
		w.checkSecrets(k, at, secrets)
		for j, kind := range w.Events {
			if !slices.Contains(WebhookEvents, kind) {
				k.add(element(at+".Events", j), "must be %s, is %q", channel.Or(WebhookEvents), kind)
			}
		}
		k.option(at+".Addresses", w.Addresses, AddressesMasked, AddressesClear)
		k.between(at+".Concurrency", int64(w.Concurrency), 1, 64, "requests")
		k.between(at+".Timeout", int64(w.Timeout), 1, 30, "seconds")
	}
}

// checkURL allows http only with AllowPrivate, for internal networks.
func (w Webhook) checkURL(k *checker, key string) {
	u, err := url.Parse(w.Url)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.Contains(w.Url, "#"):
		k.add(key, "must look like https://orders.example.com/hooks, without user and fragment")
	case u.Scheme != "https" && u.Scheme != "http":
		k.add(key, "must be https or http")
	case u.Scheme == "http" && k.pro && !w.AllowPrivate:
		k.add(key, "must be https in pro, unless AllowPrivate declares that it is in your own network")
	case !w.AllowPrivate && isLoopback(u.Hostname()):
		k.add(key, "refers to this host: set AllowPrivate")
	}
}

// checkSecrets requires a different secret for each endpoint: an endpoint that knew
// another's secret could impersonate the service there.
func (w Webhook) checkSecrets(k *checker, at string, seen map[string]string) {
	if w.Secret == "" {
		k.add(at+".Secret", "is missing, set WEBHOOK_SECRET%s", envSuffixOf(w.Name))
	}
	for _, s := range []struct{ key, value string }{{at + ".Secret", w.Secret}, {at + ".PrevSecret", w.PrevSecret}} {
		if s.value == "" {
			continue
		}
		key := WebhookKey(s.value)
		switch other := seen[string(key)]; {
		case key == nil:
			k.add(s.key, "must be %s and the base64 of %d to %d bytes: try user-api secrets new WEBHOOK_SECRET", WebhookPrefix, WebhookMin, WebhookMax)
		case other != "":
			k.add(s.key, "must differ from %s", other)
		case k.pro && isSample(strings.TrimPrefix(s.value, WebhookPrefix)):
			k.add(s.key, "must be random, looks like a sample: try user-api secrets new WEBHOOK_SECRET")
		default:
			seen[string(key)] = s.key
		}
	}
}

// envSuffixOf returns the suffix of the variables of a named list element.
func envSuffixOf(name string) string {
	if !endpointName.MatchString(name) {
		return ""
	}
	return "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
