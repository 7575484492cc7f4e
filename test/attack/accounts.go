package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"time"

	"user-api/test/attack/measure"
)

const (
	victimsPassword = "correct horse battery"
	// afterGrace is when a used refresh token is a stolen one; revoked is when a
	// session that ended has ended everywhere.
	afterGrace = 11 * time.Second
	revoked    = 6 * time.Second
)

// sprayed are passwords as lists of leaked ones have them.
var sprayed = []string{"password1", "qwerty123", "Summer2026!", "welcome123", "iloveyou1", "letmein123", "P@ssw0rd1", "dragon2026"}

// enumerate compares, for names that are known, unknown and banned, what a wrong
// password is answered and how long that takes. What got through are the classes
// that can be told from the first.
func enumerate(a *attacker, p plan) (result, error) {
	if p.known == "" {
		p.known = newName()
		if _, err := a.post("/user/register", object{"username": p.known, "password": victimsPassword}); err != nil {
			return result{}, err
		}
	}
	if p.unknown == "" {
		p.unknown = newName()
	}
	classes := []string{p.known, p.unknown}
	if p.banned != "" {
		classes = append(classes, p.banned)
	}
	shapes, times := make([]map[string]bool, len(classes)), make([][]time.Duration, len(classes))
	for range p.n {
		// In another order each time: what the service does at every other request,
		// such as collecting garbage, would else always meet the same class.
		for _, i := range rand.Perm(len(classes)) {
			got, err := a.post("/user/login", object{"username": classes[i], "password": "not " + victimsPassword})
			if err != nil {
				return result{}, err
			}
			if shapes[i] == nil {
				shapes[i] = map[string]bool{}
			}
			shapes[i][got.shape()] = true
			times[i] = append(times[i], got.took)
		}
	}
	told, worst := 0, 0.5
	for i := 1; i < len(classes); i++ {
		auc := measure.AUC(times[0], times[i])
		if math.Abs(auc-0.5) > math.Abs(worst-0.5) {
			worst = auc
		}
		if auc < p.minAUC || auc > p.maxAUC || !sameShapes(shapes[0], shapes[i]) {
			told++
		}
	}
	return a.done("enumerate", told, 0, 0, fmt.Sprintf("by time: AUC %.2f", worst)), nil
}

// sameShapes reports whether two classes were answered in the same ways. How
// often in which is a limit's doing.
func sameShapes(a, b map[string]bool) bool {
	for shape := range a {
		if !b[shape] {
			return false
		}
	}
	return len(a) == len(b)
}

// refreshTheft has a refresh token twice: used by its owner first, and by the
// thief first. What got through are sessions that still serve the thief after
// the other has come.
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

// serves reports whether either token of a pair is of use.
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

// spray tries a few passwords on many names, so that no name is tried often.
func spray(a *attacker, p plan) (result, error) {
	compared, right := 0, 0
	for i := range p.n {
		name := p.known
		if name == "" || i%2 == 0 {
			name = fmt.Sprintf("user%d", i/len(sprayed))
		}
		got, err := a.post("/user/login", object{"username": name, "password": sprayed[i%len(sprayed)]})
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
	return a.done("spray", compared, maxSprayed, 0, fmt.Sprintf("%d signed in", right)), nil
}

// victim registers somebody and gives their refresh token.
func (a *attacker) victim() (refreshToken string, err error) {
	name := newName()
	if _, err := a.post("/user/register", object{"username": name, "password": victimsPassword}); err != nil {
		return "", err
	}
	got, err := a.post("/user/login", object{"username": name, "password": victimsPassword})
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%w: the victim's sign-in is %s", errUnfit, got.why())
	}
	return got.text("refreshToken"), err
}

func newName() string { return fmt.Sprintf("v%016x", rand.Uint64()) }
