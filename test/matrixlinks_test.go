package test

import (
	"fmt"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/test/kit"
)

// linkDeeds are those of linked accounts and of the provider's events about them.
var linkDeeds = []deed{
	{"GET /user/links", "", reading("/user/links")},
	{"POST /user/links", "", func(m *matrix) attempt {
		who, subject := m.member(), m.name()
		return attempt{Request: bearing(who, "POST", "/user/links", m.proof(subject)), effect: func(kit.Response) error {
			return m.all(m.links(who, true), m.noticed(who.phone))
		}}
	}},
	{"DELETE /user/links/:provider", "", func(m *matrix) attempt {
		who := m.member()
		m.joined(who)
		return attempt{Request: bearing(who, "DELETE", "/user/links/google", nil), effect: func(kit.Response) error {
			return m.all(m.links(who, false), m.noticed(who.phone))
		}}
	}},
	{"POST /webhook/:provider/events", "", func(m *matrix) attempt {
		who := m.member()
		subject := m.joined(who)
		// Issued a minute later, when it is sent: what is linked by then is older.
		event := m.provider.Event(socialtest.Risc+"sessions-revoked", subject, socialtest.Claims{"iat": m.Clock.Now().Add(30 * time.Second).Unix()})
		return attempt{
			Request: kit.Request{Method: "POST", Path: "/webhook/google/events", Body: event, Header: map[string]string{"Content-Type": "application/secevent+jwt"}},
			ends:    []string{who.Access},
		}
	}},
}

// proof returns a provider token for a person.
func (m *matrix) proof(subject string) object {
	return object{"provider": "google", "idToken": m.provider.IDToken(subject, nil)}
}

// joined links a person to an account at the provider and returns its subject.
func (m *matrix) joined(who person) (subject string) {
	subject = m.name()
	m.succeeds(bearing(who, "POST", "/user/links", m.proof(subject)))
	return subject
}

// links fails unless a person has a link, or has none.
func (m *matrix) links(who person, want bool) error {
	answer, err := m.mended(get("/user/links", who.Access))
	if err != nil {
		return err
	}
	if list, _ := answer.JSON["links"].([]any); (len(list) > 0) != want {
		return fmt.Errorf("the links are %s", answer.Body)
	}
	return nil
}
