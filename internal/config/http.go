package config

import (
	"regexp"

	"user-api/internal/channel"
)

// ProviderHTTP is the operator's own HTTP service.
const ProviderHTTP = "http"

var (
	gatewayFrom = regexp.MustCompile(`^[A-Za-z0-9+._-]{1,64}$`)

	gateway = Provider{
		Name: ProviderHTTP, Channels: channel.Phone(),
		from: func(_, from string) string {
			if gatewayFrom.MatchString(from) {
				return ""
			}
			return "have 1 to 64 of A-Z a-z 0-9 + . _ - after the colon"
		},
		check: func(c Config, k *checker, _ use) { c.Sms.Http.check(k) },
	}
)

// Http holds the options of the provider http; docs/providers/http.md documents its
// protocol.
type Http struct {
	// Url is the URL to which messages are posted.
	Url string `json:",optional"`
	// Secret signs the requests.
	Secret string `json:",optional,env=SMS_HTTP_SECRET"`
	// Timeout limits one request, 1 to 10 s.
	Timeout Seconds `json:",default=5"`
	// Repeatable means that the service is idempotent: it sends a message once per ID,
	// however often it is asked.
	Repeatable bool `json:",optional"`
}

func (h Http) check(k *checker) {
	const path = "Sms.Http."
	if h.Url == "" {
		k.add(path+"Url", "is missing")
	} else {
		k.baseURL(path+"Url", h.Url, "https://sms.example.com/send")
	}
	if h.Secret == "" {
		k.add(path+"Secret", "is missing, set SMS_HTTP_SECRET")
	}
	k.between(path+"Timeout", int64(h.Timeout), 1, 10, "seconds")
}
