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

// The shares of what many share that a network has at most, in percent, and how
// long anybody may be shut out.
const (
	maxShare   = 25
	maxShutOut = 15 * time.Minute

	countrysBudget = 50
	pause          = 10 * time.Minute
)

// shutOut is how long an honest request is refused, as it is told.
func (g answer) shutOut() (time.Duration, error) {
	switch g.status {
	case http.StatusOK:
		return 0, nil
	case http.StatusTooManyRequests:
		return g.retryAfter(), nil
	}
	return 0, fmt.Errorf("%w: an honest request is %s", errUnfit, g.why())
}

// of48 is the i-th /64 of one /48, and honest another's address.
func of48(i int) string { return fmt.Sprintf("2001:db8:bad:%x::1", i) }

// away is the owner's address, in a new network each time.
func away(i int) string { return fmt.Sprintf("198.51.%d.7", i%256) }

const (
	honest   = "192.0.2.7"
	stranger = "203.0.113.7"
)

// exhaust asks for codes to ever other numbers of a country from all of one /48, n
// every ten minutes for as long as -span, to use up what the country and all have. What got through
// are dollars; an honest user of the country then asks, from elsewhere.
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

// voidCode is a stranger who asks for codes to somebody's number whenever he may,
// and fails them, while the owner, who is in a new network too, holds a code. What
// got through are codes of the owner's that no longer sign in.
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

// heldCode is a code that somebody has in hand.
type heldCode struct{ id, code string }

// ownersCode asks as the owner until a code comes, and notes the longest wait.
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

// speaksForOthers demands a service that believes who we say we speak for: else
// all is one client's, and shows nothing.
func (a *attacker) speaksForOthers() error {
	if !a.trusted {
		return errors.New("attack: -trusted is needed, and a service that has this host among its TrustedProxies")
	}
	return nil
}

// received is the code that comes to a number after the last one, as its owner sees it.
func (a *attacker) received(phone, last string) (string, error) {
	for range 200 {
		code, err := a.newest(phone)
		if err != nil || code != last {
			return code, err
		}
		time.Sleep(20 * time.Millisecond) // the courier's
	}
	return "", errors.New("attack: no message came; the service needs its inbox")
}

// newest is the last code that came to a number.
func (a *attacker) newest(phone string) (string, error) {
	got, err := a.as("").get("/dev/inbox?to="+url.QueryEscape(phone), "")
	if err != nil {
		return "", err
	}
	a.requests-- // who looks at a phone asks nothing of the service
	list, _ := got.json["messages"].([]any)
	if len(list) == 0 {
		return "", nil
	}
	message, _ := list[0].(object)
	code, _ := message["otp"].(string)
	return code, nil
}

// priceOf is what a message to a number costs, in dollars.
func priceOf(number string) float64 {
	address, err := address.ParsePhone(number, "")
	if err != nil {
		return 0
	}
	return float64(price.Table{}.Of(address.Region())) / price.Dollar
}
