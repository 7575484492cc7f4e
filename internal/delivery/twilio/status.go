package twilio

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // Twilio signs with it; HMAC-SHA1 is not broken
	"encoding/base64"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

// refKey is the parameter with our reference in a callback's URL.
const refKey = "m"

var (
	// messageStatuses are the values of MessageStatus with new information.
	messageStatuses = map[string]delivery.Status{
		"sent":        delivery.StatusSent,
		"delivered":   delivery.StatusDelivered,
		"read":        delivery.StatusDelivered,
		"undelivered": delivery.StatusFailed,
		"failed":      delivery.StatusFailed,
		"canceled":    delivery.StatusFailed,
	}

	// unbilled are the statuses of messages and calls that Twilio does not bill. An undelivered
	// message is billed, a failed one is not.
	unbilled = []string{"failed", "canceled", "busy", "no-answer"}

	// callStatuses are the values of CallStatus.
	callStatuses = map[string]delivery.Status{
		"completed": delivery.StatusDelivered,
		"busy":      delivery.StatusFailed,
		"no-answer": delivery.StatusFailed,
		"failed":    delivery.StatusFailed,
		"canceled":  delivery.StatusFailed,
	}
)

type (
	// CallbackOptions configure a Callback.
	CallbackOptions struct {
		// URL is where Twilio reaches the callback, as configured there; empty for none.
		URL string
		// AuthToken is the key of Twilio's signatures.
		AuthToken string
		Receipts  delivery.Receipts
	}

	// Callback handles Twilio's status callbacks.
	Callback struct {
		bases    []string
		token    []byte
		receipts delivery.Receipts
	}
)

// NewCallback returns a Callback. Without URL or AuthToken it refuses everything.
func NewCallback(o CallbackOptions) *Callback {
	c := &Callback{token: []byte(o.AuthToken), receipts: o.Receipts}
	if o.URL != "" && o.AuthToken != "" {
		c.bases = spellings(o.URL)
	}
	return c
}

// Take verifies the signature of a callback over the URL that Twilio was given, the raw query
// and the form, and takes the receipt. Host and scheme of the request are ignored, because a
// proxy may have changed them. It fails with apperr.Forbidden if anything is missing or wrong,
// and with apperr.Unavailable.
func (c *Callback) Take(ctx context.Context, query string, form []byte, signature string) error {
	values, err := url.ParseQuery(string(form))
	if err != nil || !c.signed(query, values, signature) {
		return apperr.New(apperr.Forbidden)
	}
	r, ok := receiptOf(values)
	if !ok {
		return nil
	}
	// Twilio has signed the query; a malformed one has no reference.
	refs, _ := url.ParseQuery(query)
	r.Ref = refs.Get(refKey)
	return c.receipts.Take(ctx, r)
}

// signed compares, in constant time, with Twilio's signature.
func (c *Callback) signed(query string, form url.Values, signature string) bool {
	ok := false
	for _, base := range c.bases {
		ok = hmac.Equal([]byte(sign(c.token, base, query, form)), []byte(signature)) || ok
	}
	return ok
}

// sign returns Twilio's signature: over the URL, then each key and value, sorted by key. A key
// with several values is followed by each distinct value, sorted.
func sign(token []byte, base, query string, form url.Values) string {
	mac := hmac.New(sha1.New, token)
	io.WriteString(mac, base)
	if query != "" {
		io.WriteString(mac, "?"+query)
	}
	keys := make([]string, 0, len(form))
	for key := range form {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		values := slices.Clone(form[key])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			io.WriteString(mac, key+value)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// receiptOf reads a form; ok is false for a status without new information.
func receiptOf(form url.Values) (r delivery.Receipt, ok bool) {
	status := form.Get("MessageStatus")
	r.ID = form.Get("MessageSid")
	r.Status, ok = messageStatuses[status]
	if call := form.Get("CallStatus"); call != "" {
		status, r.ID = call, form.Get("CallSid")
		r.Status, ok = callStatuses[status]
	}
	if r.Status == delivery.StatusFailed {
		r.Unbilled = slices.Contains(unbilled, status)
		// A malformed code counts as none.
		r.Code, _ = strconv.Atoi(form.Get("ErrorCode"))
		fault := receiptRules.Judge(receipt{r.Code, form.Get("CallStatus")})
		if r.Reason = fault.Reason; fault.Retry == delivery.Blocks {
			r.BlockFor = delivery.BlockFor
		}
	}
	return r, ok
}

// spellings returns a URL with and without its scheme's default port, because Twilio signs
// either.
func spellings(text string) []string {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	scheme, rest, _ := strings.Cut(text, "://")
	host, path := rest, ""
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		host, path = rest[:slash], rest[slash:]
	}
	switch u.Port() {
	case "":
		return []string{text, scheme + "://" + host + port + path}
	case port[1:]:
		return []string{text, scheme + "://" + strings.TrimSuffix(host, port) + path}
	default:
		return []string{text}
	}
}
