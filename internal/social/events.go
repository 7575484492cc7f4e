package social

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"user-api/internal/document"
)

// Actions for events of a provider.
const (
	// SignedOut means that sessions opened with the identity end.
	SignedOut Action = "signed_out"
	// Deleted means that the identity no longer exists.
	Deleted Action = "deleted"
	// Nothing means that the event is only recorded.
	Nothing Action = "nothing"
)

// Error codes of an event receiver (RFC 8935 section 2.4).
const (
	EventMalformed       = "invalid_request"
	EventNoKey           = "invalid_key"
	EventIssuer          = "invalid_issuer"
	EventAudience        = "invalid_audience"
	EventUnauthenticated = "authentication_failed"
)

// The families of events. RISC and CAEP are OpenID's; Google uses RISC and two OAuth events.
const (
	riscEvents  = "https://schemas.openid.net/secevent/risc/event-type/"
	caepEvents  = "https://schemas.openid.net/secevent/caep/event-type/"
	oauthEvents = "https://schemas.openid.net/secevent/oauth/event-type/"
	// maxEvents bounds the events of one token, which normally has one.
	maxEvents = 16
	// hijacked is the reason for which a disabled account ends its sessions.
	hijacked = "hijacking"
)

// actions maps event names to actions. Other events are only recorded.
var actions = map[string]Action{
	riscEvents + "sessions-revoked": SignedOut,
	riscEvents + "account-disabled": SignedOut, // only if it was hijacked
	riscEvents + "account-purged":   Deleted,
	caepEvents + "session-revoked":  SignedOut,
	oauthEvents + "tokens-revoked":  SignedOut,
	// Apple's. Its documentation has one of the last two, its servers send the other.
	"consent-revoked": SignedOut,
	"account-deleted": Deleted,
	"account-delete":  Deleted,
}

type (
	// Action is what an event causes.
	Action string

	// Event is a security event of an account at a provider.
	Event struct {
		Provider string
		// Subject is that of an Identity; empty if the event is about nobody, such as a test.
		Subject string
		// Type is the provider's name for the event, without the family.
		Type   string
		Action Action
		// At is when the event was issued.
		At time.Time
	}

	// EventSource is a Provider that sends security events. Its errors are those of a Provider,
	// refusals being *EventError, and ErrUnsupported.
	EventSource interface {
		// Read verifies a security event token (RFC 8417) or Apple's variant.
		Read(ctx context.Context, token string) ([]Event, error)
	}

	// EventError is ErrRefused with an error code of RFC 8935.
	EventError struct {
		Name string
		why  string
	}

	// eventClaims are the claims of an event token. It normally has no exp.
	eventClaims struct {
		Issuer   string          `json:"iss"`
		Audience audience        `json:"aud"`
		ID       string          `json:"jti"`
		Issued   *float64        `json:"iat"`
		Expires  *float64        `json:"exp"`
		Nonce    *string         `json:"nonce"`
		About    json.RawMessage `json:"sub_id"`
		Events   json.RawMessage `json:"events"`
	}

	// appleEvent is the single event of a token from Apple.
	appleEvent struct {
		Type    string `json:"type"`
		Subject string `json:"sub"`
	}

	// eventSubject is the account that an event is about. Two versions of the format differ in the
	// name and spelling of its type.
	eventSubject struct {
		Type    string `json:"subject_type"`
		Format  string `json:"format"`
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
	}
)

// Error implements error.
func (e *EventError) Error() string { return ErrRefused.Error() + ": " + e.why }

// Unwrap returns ErrRefused.
func (e *EventError) Unwrap() error { return ErrRefused }

func eventRefused(name, why string) error { return &EventError{Name: name, why: why} }

// EventSource returns the provider with a name if its events are enabled.
func (p *Providers) EventSource(name string) (EventSource, bool) {
	found, ok := p.byName[name]
	return found, ok && found.events
}

// EventSources returns the names of the providers whose events are enabled.
func (p *Providers) EventSources() []string {
	var names []string
	for _, l := range p.list {
		if p.byName[l.Name].events {
			names = append(names, l.Name)
		}
	}
	return names
}

// Read implements EventSource.
func (o *instrumented) Read(ctx context.Context, token string) ([]Event, error) {
	t, ok := o.Provider.(EventSource)
	if !ok {
		return nil, ErrUnsupported
	}
	events, err := t.Read(ctx, token)
	for i := range events {
		events[i].Provider = o.name
	}
	return events, err
}

// Read implements EventSource. With tenants, events do not name the tenant.
func (p *oidc) Read(ctx context.Context, token string) ([]Event, error) {
	if p.tenants {
		return nil, ErrUnsupported
	}
	t, c, err := parseEvent(token)
	if err != nil {
		return nil, err
	}
	if err := c.check(p.clients, p.client.Now()); err != nil {
		return nil, err
	}
	m, err := p.metadata.get(ctx)
	if err != nil {
		return nil, err
	}
	if !sameIssuer(c.Issuer, m.Issuer) {
		return nil, eventRefused(EventIssuer, "the issuer does not match")
	}
	switch err := p.verifySignature(ctx, t); {
	case errors.Is(err, errNoKey):
		return nil, eventRefused(EventNoKey, err.Error())
	case errors.Is(err, ErrRefused):
		return nil, eventRefused(EventUnauthenticated, err.Error())
	case err != nil:
		return nil, err
	}
	return c.events(m.Issuer)
}

// parseEvent parses a token without verifying it.
func parseEvent(text string) (t idToken, c eventClaims, err error) {
	t, payload, err := splitToken(text)
	if err != nil || !readObject(payload, &c) {
		return t, c, eventRefused(EventMalformed, "it is not a token")
	}
	// An event token has an event type or none; a token without a type must have events.
	h := t.header
	if h.Typ != nil && slices.Contains([]string{"secevent+jwt", "application/secevent+jwt"}, strings.ToLower(*h.Typ)) {
		h.Typ = nil
	}
	if err := h.check(false); err != nil {
		return t, c, eventRefused(EventMalformed, err.Error())
	}
	return t, c, nil
}

// check does the cheap checks. Old tokens are accepted: they end only what is older than
// themselves, so a replay has no effect.
func (c eventClaims) check(clients []string, now time.Time) error {
	issued, ok := numericDate(c.Issued)
	expires, expiresOK := numericDate(c.Expires)
	switch {
	case c.Events == nil || c.Nonce != nil:
		return eventRefused(EventMalformed, "it is not an event token")
	case c.ID == "" || len(c.ID) > maxSubject:
		return eventRefused(EventMalformed, "the id is missing or too long")
	case !slices.ContainsFunc(c.Audience, func(id string) bool { return slices.Contains(clients, id) }):
		return eventRefused(EventAudience, "the audience does not match")
	case !ok, c.Expires != nil && !expiresOK:
		return eventRefused(EventMalformed, "a time is missing or invalid")
	case issued.After(now.Add(leeway)):
		return eventRefused(EventMalformed, "the token is from the future")
	case c.Expires != nil && !now.Before(expires.Add(leeway)):
		return eventRefused(EventMalformed, "the token has expired")
	}
	return nil
}

// events returns the events of a verified token.
func (c eventClaims) events(issuer string) ([]Event, error) {
	at, _ := numericDate(c.Issued)
	payload := []byte(c.Events)
	var text string
	if json.Unmarshal(payload, &text) == nil { // Apple encodes the object as a string
		payload = []byte(text)
	}
	var apple appleEvent
	if readObject(payload, &apple) && apple.Type != "" {
		return []Event{{Subject: apple.Subject, Type: shortType(apple.Type), Action: actionOf(apple.Type, ""), At: at}}, nil
	}
	all, err := document.Parse(payload)
	if err != nil || len(all) == 0 || len(all) > maxEvents {
		return nil, eventRefused(EventMalformed, "it has no events or too many")
	}
	var list []Event
	for name, raw := range all {
		var e struct {
			Subject json.RawMessage `json:"subject"`
			Reason  string          `json:"reason"`
		}
		if !readObject(raw, &e) {
			return nil, eventRefused(EventMalformed, "an event is not an object")
		}
		list = append(list, Event{
			Subject: subjectOf(issuer, e.Subject, c.About), Type: shortType(name), Action: actionOf(name, e.Reason), At: at,
		})
	}
	slices.SortFunc(list, func(a, b Event) int { return strings.Compare(a.Type, b.Type) })
	return list, nil
}

// actionOf returns the action for an event.
func actionOf(name, reason string) Action {
	then, known := actions[name]
	if !known || name == riscEvents+"account-disabled" && reason != hijacked {
		return Nothing
	}
	return then
}

// shortType returns the last part of an event name if it can be logged safely.
func shortType(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r != '-' && r != '_' && (r < 'a' || r > 'z') }) {
		return "unknown"
	}
	return name
}

// subjectOf returns the subject at the issuer from the first description that has one, or "".
func subjectOf(issuer string, described ...json.RawMessage) string {
	for _, raw := range described {
		var s eventSubject
		if raw == nil || !readObject(raw, &s) || !sameIssuer(s.Issuer, issuer) {
			continue
		}
		kind := strings.ReplaceAll(s.Type+s.Format, "-", "_")
		if kind == "iss_sub" || kind == "id_token_claims" {
			return s.Subject
		}
	}
	return ""
}

// sameIssuer compares issuers. Google appends a slash to its own in events.
func sameIssuer(a, b string) bool {
	return a != "" && strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}
