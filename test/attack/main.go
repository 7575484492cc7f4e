// Command attack does to a running service what attackers do, by HTTP alone, and
// tells as a row of a table what it got for it:
//
//	go run ./test/attack pumping -addr http://127.0.0.1:8888 -n 200
//
// It exits with 1 when an attack got more than its bound. Aim it at a service of
// your own: it asks for codes, and with a real provider they cost real money.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// The bounds: what an attack may get before it counts as successful.
const (
	// maxPumped is how many messages one client gets out of n numbers of one
	// block: what a block may have in ten minutes.
	maxPumped = 20
	// maxGuesses is how many codes are compared for one number in a day, whatever
	// the number of challenges; by 6 digits that is 3 in 100,000.
	maxGuesses = 30
	// maxSprayed is how many passwords one client has compared in a row.
	maxSprayed = 60
	// An answer's time must not tell classes apart: the bounds of the AUC.
	minAUC, maxAUC = 0.40, 0.60
)

// head is the table's.
const head = `| attack | requests | got through | bound | cost, USD | success | what stopped it | held |
| --- | ---: | ---: | ---: | ---: | --- | --- | --- |`

var (
	attacks = map[string]func(*attacker, plan) (result, error){
		"bruteforce":   bruteforce,
		"enumerate":    enumerate,
		"pumping":      pumping,
		"refreshtheft": refreshTheft,
		"spray":        spray,
	}

	errBroken = errors.New("attack: the bound is broken")
)

type (
	// plan is what an attack is told; each takes of it what it needs.
	plan struct {
		n int
		// block begins the numbers to pump, without their last three digits.
		block string
		// phone is whose code is guessed.
		phone string
		// known, unknown and banned are users' names.
		known, unknown, banned string
		minAUC, maxAUC         float64
	}

	result struct {
		attack            string
		through, bound    int
		dollars           float64
		success           string
		requests, stopped string
	}
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	attack, ok := attacks[name]
	if !ok {
		return fmt.Errorf("usage: attack %s [-addr URL] [-n N] and its own flags", strings.Join(slices.Sorted(maps.Keys(attacks)), "|"))
	}
	var p plan
	flags := flag.NewFlagSet(name, flag.ExitOnError)
	addr := flags.String("addr", "http://127.0.0.1:8888", "the service")
	proxied := flags.Bool("proxied", false, "forge another X-Forwarded-For with each request")
	patience := flags.Duration("patience", 90*time.Second, "how long to wait when told to, in all")
	flags.IntVar(&p.n, "n", 200, "how much: numbers, guesses, passwords, tries of each class")
	flags.StringVar(&p.block, "block", "+91987654", "pumping: the numbers without their last four digits")
	flags.StringVar(&p.phone, "phone", "+919876543210", "bruteforce: the victim")
	flags.StringVar(&p.known, "known", "", "enumerate: a user's name; empty: one is registered")
	flags.StringVar(&p.unknown, "unknown", "", "enumerate: nobody's name; empty: one is made up")
	flags.StringVar(&p.banned, "banned", "", "enumerate: a banned user's name")
	flags.Float64Var(&p.minAUC, "minauc", minAUC, "enumerate: the least AUC between classes")
	flags.Float64Var(&p.maxAUC, "maxauc", maxAUC, "enumerate: the greatest one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	left := *patience
	a := newAttacker(*addr, func(d time.Duration) bool {
		if left -= d; left < 0 {
			return false
		}
		time.Sleep(d)
		return true
	})
	a.proxied = *proxied
	r, err := attack(a, p)
	if err != nil {
		return err
	}
	fmt.Println(head)
	fmt.Println(r)
	if r.broken() {
		return errBroken
	}
	return nil
}

// done makes the result of what the attacker did.
func (a *attacker) done(attack string, through, bound int, dollars float64, success string) result {
	if a.proxied {
		attack += ", forged addresses"
	}
	var stops []string
	for _, why := range slices.SortedFunc(maps.Keys(a.stops), func(x, y string) int { return a.stops[y] - a.stops[x] }) {
		stops = append(stops, fmt.Sprintf("%s × %d", why, a.stops[why]))
	}
	return result{
		attack: attack, through: through, bound: bound, dollars: dollars, success: success,
		requests: fmt.Sprint(a.requests), stopped: strings.Join(stops, ", "),
	}
}

func (r result) broken() bool { return r.through > r.bound }

// String is the row of the table.
func (r result) String() string {
	held := "yes"
	if r.broken() {
		held = "**no**"
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %.2f | %s | %s | %s |",
		r.attack, r.requests, r.through, r.bound, r.dollars, r.success, r.stopped, held)
}
