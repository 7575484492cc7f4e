package socialtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync/atomic"
)

// The families of events that an Issuer can tell of.
const (
	Risc  = "https://schemas.openid.net/secevent/risc/event-type/"
	Caep  = "https://schemas.openid.net/secevent/caep/event-type/"
	OAuth = "https://schemas.openid.net/secevent/oauth/event-type/"
)

// events counts tokens of events, each of which has an id of its own.
var events atomic.Int64

// EventClaims are what a security event token says (RFC 8417) of one event, as Google
// writes it, with changes. It is about no subject where that is "".
func (i *Issuer) EventClaims(kind, subject string, changes Claims) Claims {
	about := Claims{}
	if subject != "" {
		about["subject"] = Claims{"subject_type": "iss-sub", "iss": i.URL + "/", "sub": subject}
	}
	if kind == Risc+"account-disabled" {
		about["reason"] = "hijacking"
	}
	c := Claims{
		"iss": i.URL + "/", "aud": []string{"another-app-of-ours", ClientID}, "iat": i.now().Unix(),
		"jti": fmt.Sprint("event-", events.Add(1)), "events": Claims{kind: about},
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == nil })
	return c
}

// Event is a security event token, by the key of now.
func (i *Issuer) Event(kind, subject string, changes Claims) string {
	return i.Key().Sign(i.t, Claims{"typ": "secevent+jwt"}, i.EventClaims(kind, subject, changes))
}

// AppleEvent is one as Apple writes it: the event is an object, written as a text.
func (i *Issuer) AppleEvent(kind, subject string, changes Claims) string {
	text, err := json.Marshal(Claims{"type": kind, "sub": subject, "event_time": i.now().UnixMilli()})
	if err != nil {
		i.t.Fatal(err)
	}
	now := i.now().Unix()
	c := Claims{"aud": ClientID, "iss": i.URL, "exp": now + 86400, "events": string(text)}
	maps.Copy(c, changes)
	return i.Key().Sign(i.t, Claims{"typ": nil}, i.EventClaims("", "", c))
}
