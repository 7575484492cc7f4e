package meta

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/metrics"
)

var (
	// challenge is what may be handed back: Meta sends a number.
	challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

	statuses = map[string]delivery.Status{
		"sent":      delivery.StatusSent,
		"delivered": delivery.StatusDelivered,
		"read":      delivery.StatusDelivered,
		"failed":    delivery.StatusFailed,
	}

	// categories are by which messages are charged; others are "other".
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
		// AppSecret is what Meta signs with.
		AppSecret string
		// VerifyToken is what Meta shows when the address is set up.
		VerifyToken string
		Receipts    delivery.Receipts
	}

	// Callback takes the webhooks of the app.
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
// VerifyToken every question.
func NewCallback(o CallbackOptions) *Callback { return &Callback{o} }

// Verify answers the question whether the address is ours, and returns what is to be
// handed back. Fails with apperr.Forbidden.
func (c *Callback) Verify(query string) (string, error) {
	values, _ := url.ParseQuery(query) // one that is none has no token
	shown := sha256.Sum256([]byte(values.Get("hub.verify_token")))
	want := sha256.Sum256([]byte(c.VerifyToken))
	genuine := subtle.ConstantTimeCompare(shown[:], want[:]) == 1 && c.VerifyToken != ""
	if !genuine || values.Get("hub.mode") != "subscribe" || !challenge.MatchString(values.Get("hub.challenge")) {
		return "", apperr.New(apperr.Forbidden)
	}
	return values.Get("hub.challenge"), nil
}

// Take checks the signature of X-Hub-Signature-256 over the body and hands on the
// statuses in it. Fails with apperr.Forbidden and apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, body []byte, signature string) error {
	if c.AppSecret == "" || !hmac.Equal([]byte(Sign(c.AppSecret, body)), []byte(signature)) {
		return apperr.New(apperr.Forbidden)
	}
	var hook webhook
	if json.Unmarshal(body, &hook) != nil {
		return nil // it would come again for days
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

// Sign is the value of X-Hub-Signature-256: "sha256=" and the hex of HMAC-SHA-256 over
// the body, keyed with the secret of the app.
func Sign(appSecret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
