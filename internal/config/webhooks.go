package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"user-api/internal/channel"
)

// How webhooks show addresses.
const (
	AddressesMasked = "masked"
	AddressesClear  = "clear"
)

// WebhookPrefix begins a secret of webhooks; the base64 of WebhookMin to WebhookMax
// bytes follows.
const (
	WebhookPrefix = "whsec_"
	WebhookMin    = 24
	WebhookMax    = 64
)

// WebhookEvents are the kinds of events that an endpoint can be told of.
var WebhookEvents = []string{
	"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned", "user.role_changed",
	"address.bound", "address.removed", "password.changed", "session.created", "session.ended",
}

var endpointName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Webhook is an endpoint of the operator's own, which is told what happens to users.
type Webhook struct {
	// Name is what metrics, commands and the outbox call it.
	Name string
	// Url is where events are posted.
	Url string
	// Secret signs them: whsec_ and the base64 of 24 to 64 bytes. Its variable ends in
	// the name of the endpoint, as WEBHOOK_SECRET_ORDERS.
	Secret string `json:",optional,env=WEBHOOK_SECRET"`
	// PrevSecret signs them too, while secrets are changed.
	PrevSecret string `json:",optional,env=PREV_WEBHOOK_SECRET"`
	// Events are the kinds that are sent; empty means all.
	Events []string `json:",optional"`
	// Addresses is masked or clear.
	Addresses string `json:",default=masked"`
	// AllowPrivate lets Url lead into a private network, or to this host.
	AllowPrivate bool `json:",optional"`
	// Concurrency is how many requests of a node are under way at once, 1 to 64.
	Concurrency int `json:",default=8"`
	// Timeout bounds a request, 1 to 30 s.
	Timeout Seconds `json:",default=10"`
}

// Kinds are the kinds of events that are sent.
func (w Webhook) Kinds() []string {
	if len(w.Events) == 0 {
		return WebhookEvents
	}
	return w.Events
}

// WebhookKey is the key of a secret of webhooks; nil if it is none.
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

// checkURL takes http where AllowPrivate says that it stays inside.
func (w Webhook) checkURL(k *checker, key string) {
	u, err := url.Parse(w.Url)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.Contains(w.Url, "#"):
		k.add(key, "must be as https://orders.example.com/hooks, without user and fragment")
	case u.Scheme != "https" && u.Scheme != "http":
		k.add(key, "must be https or http")
	case u.Scheme == "http" && k.pro && !w.AllowPrivate:
		k.add(key, "must be https in pro, unless AllowPrivate says that it stays in a network of your own")
	case !w.AllowPrivate && isLoopback(u.Hostname()):
		k.add(key, "leads to this host: set AllowPrivate")
	}
}

// checkSecrets demands a secret for each endpoint: whoever knows that of another could
// speak in the service's name there.
func (w Webhook) checkSecrets(k *checker, at string, seen map[string]string) {
	if w.Secret == "" {
		k.add(at+".Secret", "is missing, set WEBHOOK_SECRET%s", ownSuffix(w.Name))
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
			k.add(s.key, "must be made at random, looks like a sample: try user-api secrets new WEBHOOK_SECRET")
		default:
			seen[string(key)] = s.key
		}
	}
}

// ownSuffix ends the variables of an element of a list that has a name.
func ownSuffix(name string) string {
	if !endpointName.MatchString(name) {
		return ""
	}
	return "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
