package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard/price"
)

// The largest share of a common limit that a network may use, in percent, and the longest
// time that other users may be locked out.
const (
	maxShare   = 25
	maxShutOut = 15 * time.Minute

	countrysBudget = 50
	pause          = 10 * time.Minute
)

// shutOut returns how long an honest request is refused according to its answer.
func (g answer) shutOut() (time.Duration, error) {
	switch g.status {
	case http.StatusOK:
		return 0, nil
	case http.StatusTooManyRequests:
		return g.retryAfter(), nil
	}
	return 0, fmt.Errorf("%w: an honest request is %s", errUnfit, g.why())
}

// of48 returns the i-th /64 of one /48, and honest an address of another user.
func of48(i int) string { return fmt.Sprintf("2001:db8:bad:%x::1", i) }

// away returns the owner's address, in a new network each time.
func away(i int) string { return fmt.Sprintf("198.51.%d.7", i%256) }

const (
	honest   = "192.0.2.7"
	stranger = "203.0.113.7"
)

// exhaust requests codes for new numbers of a country from a whole /48, n every ten minutes
// during -span, to exhaust the country's and the global limit. What got through is the cost
// in dollars; then an honest user of the country requests a code from elsewhere.
func exhaust(a *attacker, p plan) (result, error) {
	if err := a.speaksForOthers(); err != nil {
		return result{}, err
	}
	sent, dollars, asked := 0, 0.0, 0
	for waited := time.Duration(0); ; waited += pause {
		for range p.n {
			number := fmt.Sprintf("+9198%08d", 10_000_000+asked*7919%80_000_000)
			got, err := a.as(of48(asked/20%4096)).post("/user/otp", object{"phone": number})
			asked++
			if err != nil {
				return result{}, err
			}
			if got.status == http.StatusOK {
				sent++
				dollars += priceOf(number)
			}
		}
		if waited >= p.span || !a.wait(pause) {
			break
		}
	}
	got, err := a.as(honest).post("/user/otp", object{"phone": p.phone})
	if err != nil {
		return result{}, err
	}
	out, err := got.shutOut()
	if err != nil {
		return result{}, err
	}
	r := a.done("exhaust", int(dollars+0.999), countrysBudget*maxShare/100+1, dollars, fmt.Sprintf("%d sent, others shut out %.0f min", sent, out.Minutes()))
	r.shutOut = out
	return r, nil
}

// voidCode is a stranger who requests codes for a number whenever possible and fails them,
// while the owner, also in a new network, holds a code. What got through are codes of the
// owner that no longer sign in.
func voidCode(a *attacker, p plan) (result, error) {
	if err := a.speaksForOthers(); err != nil {
		return result{}, err
	}
	void, worst := 0, time.Duration(0)
	for i := range p.n {
		mine, err := a.ownersCode(away(i), p.phone, &worst)
		if err != nil {
			return result{}, err
		}
		for range 3 { // a code lives five minutes
			got, err := a.as(stranger).post("/user/otp", object{"phone": p.phone})
			if err != nil {
				return result{}, err
			}
			if got.status == http.StatusOK {
				if _, _, err := a.as(stranger).guess(got.text("otpId"), 0); err != nil {
					return result{}, err
				}
			} else if soon := got.retryAfter(); soon <= time.Minute && !a.wait(soon) {
				break
			}
		}
		got, err := a.as(away(i)).post("/user/login", object{"otpId": mine.id, "otp": mine.code})
		if err != nil {
			return result{}, err
		}
		if got.status != http.StatusOK {
			void++
		}
		if !a.wait(time.Hour) {
			break
		}
	}
	r := a.done("voidcode", void, 0, 0, fmt.Sprintf("%d codes void, the owner shut out %.0f min", void, worst.Minutes()))
	r.shutOut = worst
	return r, nil
}

// heldCode is a code that a user has received.
type heldCode struct{ id, code string }

// ownersCode requests as the owner until a code arrives, and records the longest wait.
func (a *attacker) ownersCode(from, phone string, worst *time.Duration) (heldCode, error) {
	last, err := a.newest(phone)
	if err != nil {
		return heldCode{}, err
	}
	waited := time.Duration(0)
	for range 20 {
		got, err := a.as(from).post("/user/otp", object{"phone": phone})
		if err != nil {
			return heldCode{}, err
		}
		if got.status == http.StatusOK {
			*worst = max(*worst, waited)
			code, err := a.received(phone, last)
			return heldCode{got.text("otpId"), code}, err
		}
		out, err := got.shutOut()
		if err != nil {
			return heldCode{}, err
		}
		if waited += out; !a.wait(out) {
			break
		}
	}
	return heldCode{}, errors.New("attack: the owner got no code")
}

// speaksForOthers checks that the service trusts forwarded addresses: otherwise all
// requests belong to one client, which shows nothing.
func (a *attacker) speaksForOthers() error {
	if !a.trusted {
		return errors.New("attack: -trusted is needed, and a service that has this host among its TrustedProxies")
	}
	return nil
}

// received returns the next code sent to a number, as its owner sees it.
func (a *attacker) received(phone, last string) (string, error) {
	for range 200 {
		code, err := a.newest(phone)
		if err != nil || code != last {
			return code, err
		}
		time.Sleep(20 * time.Millisecond) // for the courier
	}
	return "", errors.New("attack: no message came; the service needs its inbox")
}

// newest returns the last code sent to a number.
func (a *attacker) newest(phone string) (string, error) {
	got, err := a.as("").get("/dev/inbox?to="+url.QueryEscape(phone), "")
	if err != nil {
		return "", err
	}
	a.requests-- // looking at a phone sends no request to the service
	list, _ := got.json["messages"].([]any)
	if len(list) == 0 {
		return "", nil
	}
	message, _ := list[0].(object)
	code, _ := message["otp"].(string)
	return code, nil
}

// priceOf returns the price of a message to a number, in dollars.
func priceOf(number string) float64 {
	address, err := address.ParsePhone(number, "")
	if err != nil {
		return 0
	}
	return float64(price.Table{}.Of(address.Region())) / price.Dollar
}
