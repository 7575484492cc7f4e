// Command attack does to a running service what attackers do, by HTTP alone, and
// tells as a row of a table what it got for it:
//
//	go run ./test/attack pumping -addr http://127.0.0.1:8888 -n 200
//
// It exits with 1 when an attack got more than its bound, and with 2 when it could
// not be made. Aim it at a service of your own: it asks for codes, and with a real
// provider they cost real money.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// The bounds: what an attack may get before it counts as successful, which is
// what the default limits promise.
const (
	// maxBlock messages go to one block of a thousand numbers in ten minutes, which is
	// the share of one network, and maxClient to one client in an hour.
	maxBlock, maxClient = 5, 30
	// maxGuesses is how many codes are compared for one number in a day, whatever
	// the number of challenges; by 6 digits that is 3 in 100,000.
	maxGuesses = 30
	// maxSprayed passwords of one client are compared in an hour, and maxPerName of
	// one network for one name in a quarter of one.
	maxSprayed, maxPerName = 100, 10
	// maxPerAccount wrong passwords in a row are compared for one account, from all
	// networks; strangers get less.
	maxPerAccount = 100
	// apart is how far from a coin's 0.5 the AUC of two classes' times may be.
	apart = 0.10
)

// head is the table's.
const head = `| attack | requests | got through | bound | cost, USD | success | what stopped it | held |
| --- | ---: | ---: | ---: | ---: | --- | --- | --- |`

var (
	attacks = map[string]func(*attacker, plan) (result, error){
		"bruteforce":   bruteforce,
		"enumerate":    enumerate,
		"exhaust":      exhaust,
		"flood":        flood,
		"pumping":      pumping,
		"refreshtheft": refreshTheft,
		"spray":        spray,
		"voidcode":     voidCode,
	}

	errBroken = errors.New("attack: the bound is broken")
)

type (
	// plan is what an attack is told; each takes of it what it needs.
	plan struct {
		n int
		// block begins the numbers to pump, without their last four digits; they are
		// of so many blocks of a thousand.
		block  string
		blocks int
		// span is how long to pump, waiting when told to.
		span time.Duration
		// phone is whose code is guessed.
		phone string
		// known, unknown and banned are users' names.
		known, unknown, banned string
		apart                  float64
		// patience is how long a sign-in beside a flood may take; 0 is two seconds.
		patience time.Duration
	}

	result struct {
		attack            string
		through, bound    int
		dollars           float64
		success           string
		requests, stopped string
		// shutOut is how long somebody else was kept out.
		shutOut time.Duration
		// note is for the eye, and another each time.
		note string
	}
)

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if errors.Is(err, errBroken) {
		os.Exit(1)
	}
	os.Exit(2)
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
	trusted := flags.Bool("trusted", false, "speak for many clients: the service has this host among its TrustedProxies")
	patience := flags.Duration("patience", 90*time.Second, "how long to wait when told to, in all")
	flags.IntVar(&p.n, "n", 200, "how much: numbers, guesses, passwords, tries of each class")
	flags.StringVar(&p.block, "block", "+91987654", "pumping: the numbers without their last four digits")
	flags.IntVar(&p.blocks, "blocks", 1, "pumping: of how many blocks of a thousand they are, 1 to 10")
	flags.DurationVar(&p.span, "span", 0, "pumping, exhaust: how long to go on, waiting when told to")
	flags.StringVar(&p.phone, "phone", "+919876543210", "bruteforce, exhaust, voidcode: the victim")
	flags.StringVar(&p.known, "known", "", "enumerate: a user's name; empty: one is registered; spray: the one name to try")
	flags.StringVar(&p.unknown, "unknown", "", "enumerate: nobody's name; empty: one is made up")
	flags.StringVar(&p.banned, "banned", "", "enumerate: a banned user's name")
	flags.Float64Var(&p.apart, "apart", apart, "enumerate: how far from 0.5 an AUC may be")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.blocks < 1 || p.blocks > 10 {
		return errors.New("attack: -blocks takes 1 to 10")
	}
	left := *patience
	a := newAttacker(*addr, func(d time.Duration) bool {
		if left -= d; left < 0 {
			return false
		}
		time.Sleep(d)
		return true
	})
	a.proxied, a.trusted = *proxied, *trusted
	r, err := attack(a, p)
	if err != nil {
		return err
	}
	fmt.Println(head)
	fmt.Println(r)
	if r.note != "" {
		fmt.Println(r.note)
	}
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
	often := func(x, y string) int { return cmp.Or(a.stops[y]-a.stops[x], strings.Compare(x, y)) }
	for _, why := range slices.SortedFunc(maps.Keys(a.stops), often) {
		stops = append(stops, fmt.Sprintf("%s × %d", why, a.stops[why]))
	}
	return result{
		attack: attack, through: through, bound: bound, dollars: dollars, success: success,
		requests: fmt.Sprint(a.requests), stopped: strings.Join(stops, ", "),
	}
}

func (r result) broken() bool { return r.through > r.bound || r.shutOut > maxShutOut }

// String is the row of the table.
func (r result) String() string {
	held := "yes"
	if r.broken() {
		held = "**no**"
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %.2f | %s | %s | %s |",
		r.attack, r.requests, r.through, r.bound, r.dollars, r.success, r.stopped, held)
}
