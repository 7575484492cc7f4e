package meta

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/wire"
	"user-api/internal/metrics"
)

var (
	// challenge matches what may be echoed: Meta sends a number.
	challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

	statuses = map[string]delivery.Status{
		"sent":      delivery.StatusSent,
		"delivered": delivery.StatusDelivered,
		"read":      delivery.StatusDelivered,
		"failed":    delivery.StatusFailed,
	}

	// categories are those by which Meta bills; others are "other".
	categories = map[string]bool{
		"authentication": true, "authentication-international": true, "utility": true, "marketing": true, "service": true,
	}

	billed = metrics.Counter("user_api_delivery_billed_total",
		"messages that Meta bills, by the category of its rate card; each counts once for sent and once for delivered",
		"provider", "category", "status")
)

type (
	// CallbackOptions configure a Callback.
	CallbackOptions struct {
		// AppSecret is the key of Meta's signatures.
		AppSecret string
		// VerifyToken is what Meta sends when the URL is set up.
		VerifyToken string
		Receipts    delivery.Receipts
	}

	// Callback handles the app's webhooks.
	Callback struct{ CallbackOptions }

	webhook struct {
		Entry []struct {
			Changes []struct {
				Value struct {
					Statuses []status `json:"statuses"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}

	status struct {
		ID      string    `json:"id"`
		Status  string    `json:"status"`
		Ref     string    `json:"biz_opaque_callback_data"`
		Errors  []problem `json:"errors"`
		Pricing *struct {
			Billable *bool  `json:"billable"`
			Category string `json:"category"`
		} `json:"pricing"`
	}
)

// NewCallback returns a Callback. Without AppSecret it refuses every webhook, without
// VerifyToken every verification request.
func NewCallback(o CallbackOptions) *Callback { return &Callback{o} }

// Verify answers the request with which Meta verifies the URL, and returns the text to echo. It
// fails with apperr.Forbidden.
func (c *Callback) Verify(query string) (string, error) {
	values, _ := url.ParseQuery(query) // a malformed query has no token
	genuine := c.VerifyToken != "" && wire.Same(c.VerifyToken, values.Get("hub.verify_token"))
	if !genuine || values.Get("hub.mode") != "subscribe" || !challenge.MatchString(values.Get("hub.challenge")) {
		return "", apperr.New(apperr.Forbidden)
	}
	return values.Get("hub.challenge"), nil
}

// Take verifies the signature X-Hub-Signature-256 of the body and takes its statuses. It fails
// with apperr.Forbidden and apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, body []byte, signature string) error {
	if c.AppSecret == "" || !hmac.Equal([]byte(Sign(c.AppSecret, body)), []byte(signature)) {
		return apperr.New(apperr.Forbidden)
	}
	var hook webhook
	if json.Unmarshal(body, &hook) != nil {
		return nil // Meta would repeat it for days
	}
	for _, entry := range hook.Entry {
		for _, change := range entry.Changes {
			for _, s := range change.Value.Statuses {
				if err := c.take(ctx, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *Callback) take(ctx context.Context, s status) error {
	told, known := statuses[s.Status]
	if !known {
		return nil
	}
	r := delivery.Receipt{Ref: s.Ref, ID: s.ID, Status: told}
	if told == delivery.StatusFailed {
		r.Reason = delivery.ReasonUndelivered
		r.Unbilled = s.Pricing == nil || s.Pricing.Billable == nil || !*s.Pricing.Billable
		if len(s.Errors) > 0 && s.Errors[0].Code != nil {
			r.Code = *s.Errors[0].Code
			r.Reason = reasonOf(r.Code)
		}
	}
	if p := s.Pricing; p != nil && p.Billable != nil && *p.Billable && s.Status != "read" {
		category := p.Category
		if !categories[category] {
			category = "other"
		}
		billed.Inc(name, category, string(told))
	}
	return c.Receipts.Take(ctx, r)
}

// Sign returns the value of X-Hub-Signature-256: "sha256=" and the hex of HMAC-SHA-256 over the
// body, keyed with the app's secret.
func Sign(appSecret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
