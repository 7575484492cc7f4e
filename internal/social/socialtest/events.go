package socialtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"sync/atomic"
)

// The event families.
const (
	Risc  = "https://schemas.openid.net/secevent/risc/event-type/"
	Caep  = "https://schemas.openid.net/secevent/caep/event-type/"
	OAuth = "https://schemas.openid.net/secevent/oauth/event-type/"
)

// events numbers event tokens to make their ids unique.
var events atomic.Int64

// EventClaims returns the claims of a security event token (RFC 8417) with one event, as Google
// sends it, with changes. An empty subject means that it is about nobody.
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

// Event returns a security event token signed with the current key.
func (i *Issuer) Event(kind, subject string, changes Claims) string {
	return i.Key().Sign(i.t, Claims{"typ": "secevent+jwt"}, i.EventClaims(kind, subject, changes))
}

// AppleEvent returns Apple's variant: the event is an object encoded as a string.
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
