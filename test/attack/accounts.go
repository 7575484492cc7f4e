package main

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"user-api/test/attack/measure"
)

const (
	victimsPassword = "correct horse battery"
	// afterGrace is the time after which a used refresh token counts as stolen; revoked is
	// the time after which an ended session has ended everywhere.
	afterGrace = 11 * time.Second
	revoked    = 6 * time.Second
)

// sprayers is the number of networks of a spray from forged addresses.
const sprayers = 20

// sprayed are passwords as found in lists of leaked ones.
var sprayed = []string{"password1", "qwerty123", "Summer2026!", "welcome123", "iloveyou1", "letmein123", "P@ssw0rd1", "dragon2026"}

// class records the answers for the names of a class: their shapes, and the durations by
// status. Rate-limited answers are not included.
type class struct {
	shapes map[string]bool
	times  map[int][]time.Duration
}

// enumerate compares the answers to wrong passwords, and their durations, for known,
// unknown and banned names. What got through is the number of classes that can be
// distinguished from the first.
func enumerate(a *attacker, p plan) (result, error) {
	if p.known == "" {
		p.known = newName()
		if err := a.register(p.known); err != nil {
			return result{}, err
		}
	}
	if p.unknown == "" {
		p.unknown = newName()
	}
	names := []string{p.known, p.unknown}
	if p.banned != "" {
		names = append(names, p.banned)
	}
	var classes []class
	for range names {
		classes = append(classes, class{map[string]bool{}, map[int][]time.Duration{}})
	}
	for range p.n {
		// In random order: otherwise periodic work of the service, such as garbage
		// collection, would always affect the same class.
		for _, i := range rand.Perm(len(names)) {
			got, err := a.post("/user/login", object{"username": names[i], "password": "not " + victimsPassword})
			if err != nil {
				return result{}, err
			}
			classes[i].shapes[got.shape()] = true
			classes[i].times[got.status] = append(classes[i].times[got.status], got.took)
		}
	}
	told, note := 0, "AUC by status:"
	for _, other := range classes[1:] {
		differ, aucs := classes[0].compare(other, p.apart)
		if note += aucs; differ {
			told++
		}
	}
	r := a.done("enumerate", told, 0, 0, fmt.Sprintf("%d of %d classes told", told, len(names)-1))
	r.note = note
	return r, nil
}

// compare reports whether two classes differ in the shapes of their answers, or in their
// times by more than apart and more than chance explains with so few attempts.
func (c class) compare(other class, apart float64) (differ bool, aucs string) {
	differ = !maps.Equal(c.shapes, other.shapes)
	for _, status := range slices.Sorted(maps.Keys(other.times)) {
		x, y := c.times[status], other.times[status]
		auc := measure.AUC(x, y)
		aucs += fmt.Sprintf(" %d %.2f (%d tries)", status, auc, len(y))
		differ = differ || math.Abs(auc-0.5) > max(apart, 3*measure.Deviation(len(x), len(y)))
	}
	return differ, aucs
}

// refreshTheft uses a stolen refresh token twice: after its owner and before. What got
// through are sessions that still serve the thief after the other use.
func refreshTheft(a *attacker, _ plan) (result, error) {
	open := 0
	for _, thiefFirst := range []bool{false, true} {
		stolen, err := a.victim()
		if err != nil {
			return result{}, err
		}
		first, err := a.post("/user/refresh", object{"refreshToken": stolen})
		if err != nil {
			return result{}, err
		}
		if first.status != http.StatusOK {
			return result{}, fmt.Errorf("%w: the first refresh is %s", errUnfit, first.why())
		}
		if !a.wait(afterGrace) {
			return result{}, fmt.Errorf("attack: no patience to wait %v", afterGrace)
		}
		second, err := a.post("/user/refresh", object{"refreshToken": stolen})
		if err != nil {
			return result{}, err
		}
		thiefs := second
		if thiefFirst {
			thiefs = first
		}
		if !a.wait(revoked) {
			return result{}, fmt.Errorf("attack: no patience to wait %v", revoked)
		}
		serves, err := a.serves(thiefs)
		if err != nil {
			return result{}, err
		}
		if serves {
			open++
		}
	}
	return a.done("refreshtheft", open, 0, 0, share(open, 2)), nil
}

// serves reports whether either token of a pair still works.
func (a *attacker) serves(pair answer) (bool, error) {
	if pair.status != http.StatusOK {
		return false, nil
	}
	info, err := a.get("/user/info", pair.text("accessToken"))
	if err != nil {
		return false, err
	}
	refresh, err := a.post("/user/refresh", object{"refreshToken": pair.text("refreshToken")})
	return info.status == http.StatusOK || refresh.status == http.StatusOK, err
}

// spray tries a few passwords on many names, so that no name is tried often, or many on a
// single known one.
func spray(a *attacker, p plan) (result, error) {
	attack, bound := "spray", maxSprayed
	if p.known != "" {
		attack, bound = "spray, one name", maxPerName
	}
	if p.known != "" && a.proxied {
		bound = maxPerAccount // if forged addresses are trusted
		if err := a.atHome(p.known); err != nil {
			return result{}, err
		}
	}
	compared, right := 0, 0
	for i := range p.n {
		name, password := fmt.Sprintf("user%d", i/len(sprayed)), sprayed[i%len(sprayed)]
		if p.known != "" {
			name, password = p.known, fmt.Sprint(password, i)
		}
		if a.proxied {
			a.from = fmt.Sprintf("203.0.%d.9", i%sprayers)
		}
		got, err := a.post("/user/login", object{"username": name, "password": password})
		if err != nil {
			return result{}, err
		}
		switch {
		case got.status == http.StatusOK:
			compared++
			right++
		case got.text("code") == "invalid_credentials":
			compared++
		}
	}
	success := fmt.Sprintf("%d signed in", right)
	if p.known != "" && a.proxied {
		if err := a.atHome(p.known); err != nil {
			return a.done(attack, bound+1, bound, 0, "the owner is shut out"), nil
		}
		success += ", the owner too"
	}
	return a.done(attack, compared, bound, 0, success), nil
}

// atHome signs the victim in from the usual network.
func (a *attacker) atHome(name string) error {
	a.from = home
	got, err := a.post("/user/login", object{"username": name, "password": victimsPassword})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%w: the owner's sign-in is %s", errUnfit, got.why())
	}
	return err
}

func (a *attacker) register(name string) error {
	got, err := a.post("/user/register", object{"username": name, "password": victimsPassword})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%w: a registration is %s", errUnfit, got.why())
	}
	return err
}

// victim registers a user and returns the refresh token.
func (a *attacker) victim() (refreshToken string, err error) {
	name := newName()
	if err := a.register(name); err != nil {
		return "", err
	}
	got, err := a.post("/user/login", object{"username": name, "password": victimsPassword})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%w: the victim's sign-in is %s", errUnfit, got.why())
	}
	return got.text("refreshToken"), err
}

func newName() string { return fmt.Sprintf("v%016x", rand.Uint64()) }
