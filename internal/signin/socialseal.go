package signin

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/internal/social"
)

const (
	begunContext  = "social begun"
	answerContext = "social answer"
	// maxSealed bounds the size of a sealed value: a cookie has at most 4 kilobytes.
	maxSealed = 4 << 10
)

type (
	// begunSocial is the state that a browser keeps while it is at a provider.
	begunSocial struct {
		Provider  string `json:"p"`
		State     string `json:"s"`
		Nonce     string `json:"n"`
		Verifier  string `json:"v"`
		ReturnTo  string `json:"r"`
		Challenge string `json:"h"`
		AppState  string `json:"a,omitempty"`
		Expires   int64  `json:"x"` // Unix milliseconds
	}

	// socialAnswer is the identity sealed into the code with which a browser returned.
	socialAnswer struct {
		Challenge   string `json:"h"`
		Provider    string `json:"p"`
		Subject     string `json:"s"`
		Email       string `json:"m,omitempty"`
		EmailProven bool   `json:"e,omitempty"`
		Phone       string `json:"t,omitempty"`
		Name        string `json:"n,omitempty"`
		Locale      string `json:"l,omitempty"`
		AuthTime    int64  `json:"a,omitempty"`
		User        int64  `json:"u,omitempty"`
		Epoch       int64  `json:"k,omitempty"`
		Expires     int64  `json:"x"` // Unix milliseconds
	}
)

func (s *Service) newBegunSocial(name string, b SocialBegin) (begunSocial, error) {
	now := begunSocial{
		Provider: name, ReturnTo: b.ReturnTo, Challenge: b.Challenge, AppState: b.State,
		Expires: s.Sessions.Now().Add(cookieLife).UnixMilli(),
	}
	var err error
	for _, to := range []*string{&now.State, &now.Nonce, &now.Verifier} {
		if *to, err = base64url.Random(s.Sessions.Rand, 32); err != nil {
			return now, fmt.Errorf("signin: %w", err)
		}
	}
	return now, nil
}

func (s *Service) openBegunSocial(text string) (b begunSocial, ok bool) {
	ok = s.Ring.OpenText(begunContext, text, maxSealed, &b) && s.Sessions.Now().UnixMilli() < b.Expires
	return b, ok
}

// answer returns the URL to which the browser is sent.
func (b begunSocial) answer(values url.Values) string {
	if b.AppState != "" {
		values.Set("state", b.AppState)
	}
	between := "?"
	if strings.Contains(b.ReturnTo, "?") {
		between = "&"
	}
	return b.ReturnTo + between + values.Encode()
}

func (s *Service) sealAnswer(b begunSocial, who socialUser) (string, error) {
	a := socialAnswer{
		Challenge: b.Challenge, Provider: who.Provider, Subject: who.Subject, Email: who.Email.Record(), EmailProven: who.EmailProven,
		Name: who.account().DisplayName, Locale: who.Locale, User: who.userID, Epoch: who.epoch, Expires: s.Sessions.Now().Add(answerLife).UnixMilli(),
	}
	if who.PhoneProven {
		a.Phone = who.Phone.Record()
	}
	if !who.AuthTime.IsZero() {
		a.AuthTime = who.AuthTime.Unix()
	}
	return s.Ring.SealText(answerContext, a)
}

// openAnswer opens the code of a proof. It is bound to the provider and to the verifier of the app,
// and valid for a minute.
func (s *Service) openAnswer(p SocialProof) (who socialUser, err error) {
	var a socialAnswer
	proven := s.Ring.OpenText(answerContext, p.Code, maxSealed, &a) && a.Provider == p.Provider && s.Sessions.Now().UnixMilli() < a.Expires &&
		subtle.ConstantTimeCompare([]byte(base64url.SHA256(p.Verifier)), []byte(a.Challenge)) == 1
	if !proven {
		return who, apperr.New(apperr.BadCredentials).Wrap(errInvalidated)
	}
	who.Identity = social.Identity{Provider: a.Provider, Subject: a.Subject, EmailProven: a.EmailProven, PhoneProven: a.Phone != "", Name: a.Name, Locale: a.Locale}
	who.Email, who.Phone = restored(a.Email), restored(a.Phone)
	if a.AuthTime != 0 {
		who.AuthTime = time.Unix(a.AuthTime, 0)
	}
	who.userID, who.epoch = a.User, a.Epoch
	return who, nil
}

// restored parses the result of Address.Record.
func restored(record string) address.Address {
	addr, err := address.Restore(record)
	if err != nil {
		return address.Address{}
	}
	return addr
}
