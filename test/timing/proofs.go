package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/internal/passkey/passkeytest"
)

// keyClasses are those of passkeys.
var keyClasses = []string{"known", "unknown", "banned"}

// rpID is the domain of passkeys outside pro.
const rpID = "localhost"

// addTotp sets up an authenticator app for the holder of an access token.
func (s *service) addTotp(access string) error {
	_, made, err := s.call(http.MethodPost, "/user/totp", access, nil)
	if err != nil {
		return err
	}
	secret, _ := made["secret"].(string)
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		return fmt.Errorf("totp: %w: %v", err, made)
	}
	status, answer, err := s.call(http.MethodPost, "/user/totp/confirm", access, map[string]string{"totp": code})
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("totp: status %d %v, %w", status, answer, errors.Join(err, errStatus))
	}
	return nil
}

// named makes accounts with a name, enough for so many tries of a class.
func (s *service) named(class string, tries int) (ids []any, err error) {
	for i := range tries/perName + 1 {
		name := nameOf(class, i*perName)
		status, user, err := s.call(http.MethodPost, "/user/register", "", map[string]string{"username": name, "password": password})
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("register: status %d %v, %w", status, user, errors.Join(err, errStatus))
		}
		ids = append(ids, user["id"])
		if class == classFactor {
			access, err := s.byName(name)
			if err = errors.Join(err, s.addTotp(access)); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

func (s *service) byName(name string) (access string, err error) {
	status, pair, err := s.call(http.MethodPost, "/user/login", "", map[string]string{"username": name, "password": password})
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("%s: status %d %v, %w", name, status, pair, errors.Join(err, errStatus))
	}
	access, _ = pair["accessToken"].(string)
	return access, nil
}

// keys are authenticators, one of each class: the passkey of unknown is nobody's.
type keys map[string]*passkeytest.Authenticator

// passkeys has a passkey made for each class. It is to be called before anybody is banned.
func (s *service) passkeys() (keys, error) {
	all := keys{}
	for _, class := range keyClasses {
		name := "key." + class
		if status, answer, err := s.call(http.MethodPost, "/user/register", "", map[string]string{"username": name, "password": password}); err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("register: status %d %v, %w", status, answer, errors.Join(err, errStatus))
		}
		access, err := s.byName(name)
		if err != nil {
			return nil, err
		}
		options, err := s.options("/user/passkeys/options", access)
		if err != nil {
			return nil, err
		}
		all[class] = passkeytest.New(s.origin, rpID)
		credential := all[class].Create(options, passkeytest.Cheat{})
		if class == "unknown" {
			continue
		}
		status, answer, err := s.call(http.MethodPost, "/user/passkeys", access, map[string]any{"credential": credential})
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("passkey: status %d %v, %w", status, answer, errors.Join(err, errStatus))
		}
	}
	return all, nil
}

// options are what an authenticator is asked for.
func (s *service) options(path, access string) (json.RawMessage, error) {
	status, answer, err := s.call(http.MethodPost, path, access, nil)
	if err != nil || status != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d %v, %w", path, status, answer, errors.Join(err, errStatus))
	}
	return json.Marshal(answer["publicKey"])
}

// route is a sign-in by a passkey whose signature is wrong.
func (k keys) route(s *service) route {
	wrong := passkeytest.Cheat{Signature: func(signature []byte) []byte {
		signature[len(signature)-1] ^= 1
		return signature
	}}
	return route{name: "passkey", who: keyClasses, path: "/user/login/passkey", status: http.StatusUnauthorized, body: func(class string, _ int) any {
		options, err := s.options("/user/login/passkey/options", "")
		if err != nil {
			return nil // and the answer is not the one that is wanted
		}
		return map[string]any{"credential": k[class].Get(options, wrong)}
	}}
}
