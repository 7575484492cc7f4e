package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"user-api/test/attack/measure"
)

const (
	password = "correct horse battery"

	// rest is between two routes: an address rests for a second after a code. It
	// rests longer after its third, so each route asks about an account but once.
	rest = 1100 * time.Millisecond

	// The bounds of a pair of classes: 5 ms, 10 where a password is hashed.
	minAUC, maxAUC       = 0.40, 0.60
	maxApart, hashedMore = 5.0, 5.0

	classFactor = "factor"
)

// The classes of accounts. No answer may tell them apart; factor is known, and has a second
// factor and a passkey.
var classes = []string{"known", "unknown", "banned", classFactor}

// route is a way to ask about an account: the i-th of a class.
type route struct {
	name, path string
	body       func(class string, i int) any
	status     int
	rests      bool
	// who are the classes, where they are not all.
	who []string
}

var routes = []route{
	{"code by phone", "/user/otp", func(class string, i int) any {
		return map[string]string{"phone": phone(class, i)}
	}, http.StatusOK, true, nil},
	{"code by e-mail", "/user/otp", func(class string, i int) any {
		return map[string]string{"email": email(class, i)}
	}, http.StatusOK, true, nil},
	{"code to reset", "/user/otp", func(class string, i int) any {
		return map[string]string{"email": email(class, i), "purpose": "reset"}
	}, http.StatusOK, true, nil},
	{"password by name", "/user/login", func(class string, i int) any {
		return map[string]string{"username": nameOf(class, i), "password": "not " + password}
	}, http.StatusUnauthorized, false, nil},
	{"password by phone", "/user/login", func(class string, i int) any {
		return map[string]string{"phone": phone(class, i), "password": "not " + password}
	}, http.StatusUnauthorized, false, nil},
	{"password by e-mail", "/user/login", func(class string, i int) any {
		return map[string]string{"email": email(class, i), "password": "not " + password}
	}, http.StatusUnauthorized, false, nil},
}

// measure asks about each class in turn.
func (s *service) measure(r route, classes []string, tries int) (held bool, err error) {
	times := make([][]time.Duration, len(classes))
	if r.rests {
		time.Sleep(rest)
	}
	for n := range tries {
		// In another order each time, so that no class always meets what the service
		// does now and then.
		for _, i := range rand.Perm(len(classes)) {
			class := classes[i]
			body := r.body(class, n)
			begin := time.Now()
			status, answer, err := s.call(http.MethodPost, r.path, "", body)
			took := time.Since(begin)
			if err != nil || status != r.status {
				return false, fmt.Errorf("%s: status %d %v, %w", class, status, answer["code"], errors.Join(err, errStatus))
			}
			times[i] = append(times[i], took)
		}
	}
	held = true
	for i := range classes {
		for j := i + 1; j < len(classes); j++ {
			apart, auc := ms((measure.Median(times[i]) - measure.Median(times[j])).Abs()), measure.AUC(times[i], times[j])
			limit := maxApart
			if !r.rests {
				limit += hashedMore
			}
			ok := apart <= limit && math.Abs(auc-0.5) <= maxAUC-0.5 && auc >= minAUC
			held = held && ok
			fmt.Printf("%-18s %-7s / %-7s medians %6.2f and %6.2f ms, AUC %.2f, within bounds: %v\n", r.name,
				classes[i], classes[j], ms(measure.Median(times[i])), ms(measure.Median(times[j])), auc, ok)
		}
	}
	return held, nil
}

var errStatus = errors.New("which is not what this route answers")

// populate makes the accounts: so many with a phone, as many with an e-mail address, and
// enough with a name, of each class but the unknown.
func (s *service) populate(pool int) error {
	admin, err := s.signIn("phone", "+919876500000")
	if err != nil {
		return err
	}
	if out, err := s.command("admin", "grant", "--role", "admin", "--phone", "+919876500000").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if s.keys, err = s.passkeys(); err != nil {
		return err
	}
	for _, class := range []string{"known", "banned", classFactor} {
		ids, err := s.named(class, pool)
		if err != nil {
			return err
		}
		for i := range pool {
			for kind, to := range map[string]string{"phone": phone(class, i), "email": email(class, i)} {
				access, err := s.signIn(kind, to)
				if err != nil {
					return err
				}
				if class == classFactor {
					if err := s.addTotp(access); err != nil {
						return err
					}
				}
				_, info, err := s.call(http.MethodGet, "/user/info", access, nil)
				if err != nil {
					return err
				}
				ids = append(ids, info["id"])
			}
		}
		if class != "banned" {
			continue
		}
		key, err := s.byName("key.banned")
		if err != nil {
			return err
		}
		_, info, err := s.call(http.MethodGet, "/user/info", key, nil)
		if err != nil {
			return err
		}
		for _, id := range append(ids, info["id"]) {
			status, answer, err := s.call(http.MethodPost, fmt.Sprintf("/admin/users/%.0f/ban", id), admin, map[string]string{"reason": "a test"})
			if err != nil || status != http.StatusNoContent {
				return fmt.Errorf("ban: status %d %v, %w", status, answer, errors.Join(err, errStatus))
			}
		}
	}
	return nil
}

// signIn makes an account by a code, which it reads from the inbox.
func (s *service) signIn(kind, to string) (access string, err error) {
	_, ticket, err := s.call(http.MethodPost, "/user/otp", "", map[string]string{kind: to})
	if err != nil {
		return "", err
	}
	for range 200 {
		_, inbox, err := s.call(http.MethodGet, "/dev/inbox?to="+url.QueryEscape(to), "", nil)
		if err != nil {
			return "", err
		}
		if list, _ := inbox["messages"].([]any); len(list) > 0 {
			code := list[0].(map[string]any)["otp"]
			_, pair, err := s.call(http.MethodPost, "/user/login", "", map[string]any{"otpId": ticket["otpId"], "otp": code})
			access, _ := pair["accessToken"].(string)
			return access, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return "", fmt.Errorf("no message comes to %s: %v", to, ticket)
}

// phone is the i-th number of a class, all of one length.
func phone(class string, i int) string {
	return fmt.Sprintf("+9198765%d%04d", map[string]int{"known": 1, "unknown": 2, "banned": 3, classFactor: 4}[class], i)
}

func email(class string, i int) string { return fmt.Sprintf("%s%d@example.com", class, i) }
