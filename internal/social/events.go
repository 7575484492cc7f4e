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

// What follows from an event of a provider.
const (
	// SignedOut says that whoever has signed in by the account is to do so anew.
	SignedOut Consequence = "signed_out"
	// Deleted says that the account is there no more, and nobody signs in by it again.
	Deleted Consequence = "deleted"
	// Nothing says that it is only noted.
	Nothing Consequence = "nothing"
)

// What a receiver calls a refusal (RFC 8935 section 2.4).
const (
	EventMalformed = "invalid_request"
	EventNoKey     = "invalid_key"
	EventIssuer    = "invalid_issuer"
	EventAudience  = "invalid_audience"
	EventNotProven = "authentication_failed"
)

// The families of events. Those of RISC and of CAEP are OpenID's, and Google's are RISC's
// with two of OAuth.
const (
	riscEvents  = "https://schemas.openid.net/secevent/risc/event-type/"
	caepEvents  = "https://schemas.openid.net/secevent/caep/event-type/"
	oauthEvents = "https://schemas.openid.net/secevent/oauth/event-type/"
	// maxEvents bounds those of one token, which has one as a rule.
	maxEvents = 16
	// hijacked is the reason for which a disabled account ends what was opened by it.
	hijacked = "hijacking"
)

// consequences says what follows from an event, by the name that the provider gives it.
// What is not here is noted.
var consequences = map[string]Consequence{
	riscEvents + "sessions-revoked": SignedOut,
	riscEvents + "account-disabled": SignedOut, // where it was hijacked
	riscEvents + "account-purged":   Deleted,
	caepEvents + "session-revoked":  SignedOut,
	oauthEvents + "tokens-revoked":  SignedOut,
	// Apple's. Of the last two one is in its documentation and one is what it sends.
	"consent-revoked": SignedOut,
	"account-deleted": Deleted,
	"account-delete":  Deleted,
}

type (
	// Consequence is what follows from an event.
	Consequence string

	// Event is something that a provider tells of an account there.
	Event struct {
		Provider string
		// Subject is that of an Identity; empty where it is about nobody, as a test is.
		Subject string
		// Type is what the provider calls it, without the family's name.
		Type string
		Then Consequence
		// At is when the provider told of it.
		At time.Time
	}

	// Telling is a Provider that tells what happens to the accounts there. Its errors are
	// those of a Provider, a refusal being an *EventError, and ErrUnsupported.
	Telling interface {
		// Read reads a security event token (RFC 8417), or Apple's form of one.
		Read(ctx context.Context, token string) ([]Event, error)
	}

	// EventError is ErrRefused, with what RFC 8935 calls it.
	EventError struct {
		Name string
		why  string
	}

	// eventClaims are what an event token says. There is no exp as a rule.
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

	// appleEvent is the one event of a token of Apple's.
	appleEvent struct {
		Type    string `json:"type"`
		Subject string `json:"sub"`
	}

	// eventSubject is whom an event is about. The two releases of the format differ in the
	// name of its type, and in how that is spelled.
	eventSubject struct {
		Type    string `json:"subject_type"`
		Format  string `json:"format"`
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
	}
)

// Error implements error.
func (e *EventError) Error() string { return ErrRefused.Error() + ": " + e.why }

// Unwrap makes it an ErrRefused.
func (e *EventError) Unwrap() error { return ErrRefused }

func eventRefused(name, why string) error { return &EventError{Name: name, why: why} }

// Telling is the provider of a name, if it is listened to.
func (p *Providers) Telling(name string) (Telling, bool) {
	found, ok := p.byName[name]
	return found, ok && found.events
}

// AllTelling lists those that are listened to.
func (p *Providers) AllTelling() []string {
	var names []string
	for _, l := range p.list {
		if p.byName[l.Name].events {
			names = append(names, l.Name)
		}
	}
	return names
}

// Read implements Telling.
func (o *one) Read(ctx context.Context, token string) ([]Event, error) {
	t, ok := o.Provider.(Telling)
	if !ok {
		return nil, ErrUnsupported
	}
	events, err := t.Read(ctx, token)
	for i := range events {
		events[i].Provider = o.name
	}
	return events, err
}

// Read implements Telling. Where each tenant signs in its own name, no event says whose
// tenant it is of.
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
		return nil, eventRefused(EventIssuer, "the issuer is another one")
	}
	switch err := p.verifySignature(ctx, t); {
	case errors.Is(err, errNoKey):
		return nil, eventRefused(EventNoKey, err.Error())
	case errors.Is(err, ErrRefused):
		return nil, eventRefused(EventNotProven, err.Error())
	case err != nil:
		return nil, err
	}
	return c.events(m.Issuer)
}

// parseEvent takes a token apart. It verifies nothing.
func parseEvent(text string) (t idToken, c eventClaims, err error) {
	t, said, err := takeApart(text)
	if err != nil || !readObject(said, &c) {
		return t, c, eventRefused(EventMalformed, "it is no token")
	}
	// A token of another type is none of events, and one without a type must have them.
	h := t.header
	if h.Typ != nil && slices.Contains([]string{"secevent+jwt", "application/secevent+jwt"}, strings.ToLower(*h.Typ)) {
		h.Typ = nil
	}
	if err := h.check(false); err != nil {
		return t, c, eventRefused(EventMalformed, err.Error())
	}
	return t, c, nil
}

// check judges what costs nothing to judge. An old token is no reason to refuse: what it
// ends is older than it, so that one that is told again finds nothing.
func (c eventClaims) check(clients []string, now time.Time) error {
	issued, ok := moment(c.Issued)
	expires, expiresOK := moment(c.Expires)
	switch {
	case c.Events == nil || c.Nonce != nil:
		return eventRefused(EventMalformed, "it is not of events")
	case c.ID == "" || len(c.ID) > maxSubject:
		return eventRefused(EventMalformed, "it has no id")
	case !slices.ContainsFunc(c.Audience, func(id string) bool { return slices.Contains(clients, id) }):
		return eventRefused(EventAudience, "the audience is another one")
	case !ok, c.Expires != nil && !expiresOK:
		return eventRefused(EventMalformed, "a time is missing or none")
	case issued.After(now.Add(leeway)):
		return eventRefused(EventMalformed, "it is of the future")
	case c.Expires != nil && !now.Before(expires.Add(leeway)):
		return eventRefused(EventMalformed, "it has expired")
	}
	return nil
}

// events are what a token that holds tells.
func (c eventClaims) events(issuer string) ([]Event, error) {
	at, _ := moment(c.Issued)
	said := []byte(c.Events)
	var text string
	if json.Unmarshal(said, &text) == nil { // Apple writes the object as a text
		said = []byte(text)
	}
	var apple appleEvent
	if readObject(said, &apple) && apple.Type != "" {
		return []Event{{Subject: apple.Subject, Type: shortType(apple.Type), Then: consequenceOf(apple.Type, ""), At: at}}, nil
	}
	all, err := document.Parse(said)
	if err != nil || len(all) == 0 || len(all) > maxEvents {
		return nil, eventRefused(EventMalformed, "it has no events, or too many")
	}
	var list []Event
	for name, raw := range all {
		var e struct {
			Subject json.RawMessage `json:"subject"`
			Reason  string          `json:"reason"`
		}
		if !readObject(raw, &e) {
			return nil, eventRefused(EventMalformed, "an event is no object")
		}
		list = append(list, Event{
			Subject: subjectOf(issuer, e.Subject, c.About), Type: shortType(name), Then: consequenceOf(name, e.Reason), At: at,
		})
	}
	slices.SortFunc(list, func(a, b Event) int { return strings.Compare(a.Type, b.Type) })
	return list, nil
}

// consequenceOf is what follows from an event of a name.
func consequenceOf(name, reason string) Consequence {
	then, known := consequences[name]
	if !known || name == riscEvents+"account-disabled" && reason != hijacked {
		return Nothing
	}
	return then
}

// shortType is the last part of a name, if it is one that can be kept.
func shortType(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r != '-' && r != '_' && (r < 'a' || r > 'z') }) {
		return "unknown"
	}
	return name
}

// subjectOf is the subject at the issuer that the first of the descriptions names that
// does; empty where none does.
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

// sameIssuer compares issuers: Google writes a slash behind its own in events.
func sameIssuer(a, b string) bool {
	return a != "" && strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}
