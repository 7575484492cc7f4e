package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard/price"
)

// codeSpace is the number of codes of 6 digits.
const codeSpace = 1_000_000

var errUnfit = errors.New("attack: the service does not even answer as it should")

// pumping requests codes for a range of numbers with the same prefix, as somebody does who
// earns on each message there.
func pumping(a *attacker, p plan) (result, error) {
	sent, dollars, waited := 0, 0.0, time.Duration(0)
	for i := range p.n {
		number := fmt.Sprintf("%s%d%03d", p.block, i%p.blocks, i/p.blocks%1000)
		got, err := a.post("/user/otp", object{"phone": number})
		if err != nil {
			return result{}, err
		}
		if got.status != http.StatusOK {
			if pause := got.retryAfter(); pause > 0 && waited+pause < p.span && a.wait(pause) {
				waited += pause
			}
			continue
		}
		address, err := address.ParsePhone(number, "")
		if err != nil {
			return result{}, fmt.Errorf("%w: it takes %s for a number", errUnfit, number)
		}
		sent++
		dollars += float64(price.Table{}.Of(address.Region())) / price.Dollar
	}
	attack := "pumping"
	if p.blocks > 1 {
		attack += fmt.Sprintf(", %d blocks", p.blocks)
	}
	if p.span > 0 {
		attack += fmt.Sprintf(", %.0f min", p.span.Minutes())
	}
	bound := min(maxBlock*p.blocks*(1+int(waited/(10*time.Minute))), maxClient*(1+int(waited/time.Hour)))
	return a.done(attack, sent, bound, dollars, share(sent, p.n)), nil
}

// bruteforce guesses the code of one number, requests a new one whenever the previous one
// allows no more guesses, and waits as told. It ends after n guesses, a day, or when out of
// patience.
func bruteforce(a *attacker, p plan) (result, error) {
	const attack = "bruteforce"
	compared, dollars := 0, 0.0
	address, err := address.ParsePhone(p.phone, "")
	if err != nil {
		return result{}, err
	}
	waited := time.Duration(0)
	for compared < p.n {
		got, err := a.post("/user/otp", object{"phone": p.phone})
		if err != nil {
			return result{}, err
		}
		pause := got.retryAfter()
		if got.status != http.StatusOK {
			if waited += pause; pause == 0 || waited >= 24*time.Hour || !a.wait(pause) {
				break
			}
			continue
		}
		dollars += float64(price.Table{}.Of(address.Region())) / price.Dollar
		n, right, err := a.guess(got.text("otpId"), compared)
		if err != nil {
			return result{}, err
		}
		if compared += n; right {
			return a.done(attack, maxGuesses+1, maxGuesses, dollars, fmt.Sprintf("signed in at guess %d", compared)), nil
		}
	}
	return a.done(attack, compared, maxGuesses, dollars, fmt.Sprintf("%d of %d codes in %.0f h", compared, codeSpace, waited.Hours())), nil
}

// guess tries different codes until the challenge ends, and returns the number of compared
// ones. An ended challenge compares none, which shows in a missing attemptsLeft, as for the
// last one compared.
func (a *attacker) guess(otpID string, from int) (n int, right bool, err error) {
	for {
		got, err := a.post("/user/login", object{"otpId": otpID, "otp": fmt.Sprintf("%06d", (from+n)%codeSpace)})
		switch {
		case err != nil:
			return n, false, err
		case got.status == http.StatusOK:
			return n + 1, true, nil
		case got.text("code") != "otp_invalid":
			return n, false, nil
		}
		n++
		if _, told := got.json["attemptsLeft"]; !told {
			return n, false, nil
		}
	}
}

// share returns n of all as text.
func share(n, all int) string { return fmt.Sprintf("%d %%", 100*n/max(all, 1)) }
