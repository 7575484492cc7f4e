// Command attack runs common attacks against a running service, over HTTP only, and prints
// the results as a row of a table:
//
//	go run ./test/attack pumping -addr http://127.0.0.1:8888 -n 200
//
// It exits with 1 if an attack exceeded its bound, and with 2 if it could not run. Use it
// only on your own service: it requests codes, which cost money with a real provider.
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

// The bounds: an attack that gets more counts as successful. They are what the default
// limits promise.
const (
	// maxBlock messages go to one block of a thousand numbers in ten minutes, which is the
	// share of one network, and maxClient to one client in an hour.
	maxBlock, maxClient = 5, 30
	// maxGuesses is the number of codes compared for one number in a day, whatever the
	// number of challenges; with 6 digits that is 3 in 100,000.
	maxGuesses = 30
	// maxSprayed passwords of one client are compared in an hour, and maxPerName of one
	// network for one name in a quarter of an hour.
	maxSprayed, maxPerName = 100, 10
	// maxPerAccount consecutive wrong passwords are compared for one account, from all
	// networks; strangers get fewer.
	maxPerAccount = 100
	// apart is the largest accepted deviation from 0.5 of the AUC of two classes' times.
	apart = 0.10
)

// head is the head of the table.
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
	// plan holds the parameters of the attacks.
	plan struct {
		n int
		// block is the prefix of the numbers to pump, without their last four digits; they
		// span several blocks of a thousand.
		block  string
		blocks int
		// span is the duration of pumping, waiting when told to.
		span time.Duration
		// phone is the number whose code is guessed.
		phone string
		// known, unknown and banned are usernames.
		known, unknown, banned string
		apart                  float64
		// patience is the time limit of a sign-in during a flood; 0 is two seconds.
		patience time.Duration
	}

	result struct {
		attack            string
		through, bound    int
		dollars           float64
		success           string
		requests, stopped string
		// shutOut is how long another user was locked out.
		shutOut time.Duration
		// note is for human readers and differs in each run.
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

// done returns the result of what the attacker did.
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

// String returns the row of the table.
func (r result) String() string {
	held := "yes"
	if r.broken() {
		held = "**no**"
	}
	return fmt.Sprintf("| %s | %s | %d | %d | %.2f | %s | %s | %s |",
		r.attack, r.requests, r.through, r.bound, r.dollars, r.success, r.stopped, held)
}
