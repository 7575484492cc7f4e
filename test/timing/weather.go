package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"user-api/test/attack/measure"
	"user-api/test/carrier"
)

const (
	// atOnce is how many of each class are asked for together.
	atOnce = 4
	poll   = 10 * time.Millisecond
	// patience is how long a message may stay queued.
	patience = time.Minute
	// deviations beyond which so few tries do not stray, in a table of some 150 pairs.
	deviations = 4
)

// weather is a way the providers fare.
type weather struct {
	name  string
	fares carrier.Weather
	// opened waits until the circuits rest for longer than a code lives.
	opened bool
	// together asks for all at once, where each takes long.
	together bool
}

var weathers = []weather{
	{name: "healthy", fares: carrier.Healthy},
	{name: "refusing", fares: carrier.Refusing},
	{name: "broken", fares: carrier.Broken},
	{name: "timing out", fares: carrier.Silent, together: true},
	{name: "circuit open", fares: carrier.Locked, opened: true},
	{name: "region off", fares: carrier.RegionOff},
	{name: "recipient out of reach", fares: carrier.Unreachable},
}

// seen is what was seen of the messages of a class: how long the answer took, how
// long until the status said more than queued, and what it said then and at last.
type seen struct {
	asked, told []time.Duration
	shapes      map[string]int
}

// weathers measures all the ways providers fare, and prints a table.
func (s *service) weathers(tries int) error {
	fmt.Println("| providers | code | until told: medians in ms | AUC | answer: AUC | by content |")
	fmt.Println("| --- | --- | --- | --- | --- | --- |")
	ok := true
	for _, w := range weathers {
		held, err := s.weather(w, tries)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		ok = ok && held
	}
	if !ok {
		return errors.New("a class can be told")
	}
	return nil
}

// weather runs the service with providers that fare so.
func (s *service) weather(w weather, tries int) (held bool, err error) {
	providers, err := carrier.New()
	if err != nil {
		return false, err
	}
	defer providers.Close()
	s.stop()
	if err := s.begin("Otp: {Cooldown: 1, Expire: 30}\n" + providers.Config("")); err != nil {
		return false, err
	}
	providers.Set(w.fares)
	if w.opened {
		if err := s.open(); err != nil {
			return false, err
		}
	}
	held = true
	for _, kind := range []string{"phone", "email"} {
		for _, purpose := range []string{"login", "reset"} {
			all, err := s.ask(w, kind, purpose, tries)
			if err != nil {
				return false, err
			}
			held = verdict(w.name, kind+" "+purpose, all) && held
		}
	}
	return held, nil
}

// open has probes fail, by a number and an address of nobody, until the circuits
// rest for 40 s.
func (s *service) open() error {
	for _, rest := range []time.Duration{10, 20, 0} {
		for kind, to := range map[string]string{"phone": "+919876590000", "email": "probe@example.com"} {
			if _, _, err := s.call(http.MethodPost, "/user/otp", "", map[string]string{kind: to}); err != nil {
				return err
			}
		}
		time.Sleep(rest*time.Second + time.Second)
	}
	return nil
}

// ask asks for codes of all classes, a few at a time and in any order, and watches
// each.
func (s *service) ask(w weather, kind, purpose string, tries int) (map[string]*seen, error) {
	all := map[string]*seen{}
	for _, class := range classes {
		all[class] = &seen{shapes: map[string]int{}}
	}
	time.Sleep(3 * time.Second) // an address rests after the code before
	step := atOnce
	if w.together {
		step = tries
	}
	for from := 0; from < tries; from += step {
		if err := s.batch(all, kind, purpose, from, min(from+step, tries)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *service) batch(all map[string]*seen, kind, purpose string, from, to int) error {
	type one struct {
		class, id string
		asked     time.Duration
		begun     time.Time
	}
	var batch []one
	n := to - from
	for _, i := range rand.Perm(n * len(classes)) {
		class := classes[i/n]
		address := map[string]string{"phone": phone(class, from+i%n), "email": email(class, from+i%n)}[kind]
		begun := time.Now()
		status, answer, err := s.call(http.MethodPost, "/user/otp", "", map[string]string{kind: address, "purpose": purpose})
		if err != nil || status != http.StatusOK {
			return fmt.Errorf("%s: status %d %v, %w", class, status, answer["code"], errors.Join(err, errStatus))
		}
		id, _ := answer["otpId"].(string)
		batch = append(batch, one{class, id, time.Since(begun), begun})
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	shapes := make([]string, len(batch))
	for i, o := range batch {
		wait.Go(func() {
			first, told := s.watch(o.id, o.begun)
			mu.Lock()
			defer mu.Unlock()
			shapes[i] = first
			all[o.class].asked, all[o.class].told = append(all[o.class].asked, o.asked), append(all[o.class].told, told)
		})
	}
	wait.Wait()
	time.Sleep(2 * carrier.Delay) // by now the provider has answered what a status did not wait for
	for i, o := range batch {
		all[o.class].shapes[shapes[i]+", at last "+s.status(o.id)]++
	}
	return nil
}

// watch waits until the status says more than queued.
func (s *service) watch(id string, begun time.Time) (status string, told time.Duration) {
	for status = s.status(id); strings.HasPrefix(status, "queued") && time.Since(begun) < patience; status = s.status(id) {
		time.Sleep(poll)
	}
	return status, time.Since(begun)
}

// status is what is told of a message.
func (s *service) status(id string) string {
	code, answer, err := s.call(http.MethodGet, "/user/otp/"+id, "", nil)
	if err != nil || code != http.StatusOK {
		return fmt.Sprint(code, " ", err)
	}
	return fmt.Sprint(answer["status"], " ", answer["reason"], " ", answer["offer"])
}

// verdict prints a row, and reports whether no pair of classes can be told.
func verdict(name, code string, all map[string]*seen) (held bool) {
	var medians, told, asked, content []string
	held = true
	for i, a := range classes {
		medians = append(medians, fmt.Sprintf("%.0f", ms(measure.Median(all[a].told))))
		for _, b := range classes[i+1:] {
			times, answers := measure.AUC(all[a].told, all[b].told), measure.AUC(all[a].asked, all[b].asked)
			apart := chance(all[a].shapes, all[b].shapes)
			told, asked, content = append(told, fmt.Sprintf("%.2f", times)), append(asked, fmt.Sprintf("%.2f", answers)), append(content, fmt.Sprintf("%.2f", apart))
			bound := max(maxAUC-0.5, deviations*measure.Deviation(len(all[a].told), len(all[b].told)))
			for _, value := range []float64{times, answers, apart} {
				held = held && math.Abs(value-0.5) <= bound
			}
		}
	}
	row := func(values []string) string { return strings.Join(values, " / ") }
	fmt.Printf("| %s | %s | %s | %s | %s | %s |\n", name, code, row(medians), row(told), row(asked), row(content))
	return held
}

// chance is that of telling one of two classes by what is said: 0.5 where they are
// told the same as often, 1 where never.
func chance(a, b map[string]int) float64 {
	var na, nb int
	for _, n := range a {
		na += n
	}
	for _, n := range b {
		nb += n
	}
	var apart float64
	for shape, n := range a {
		apart += math.Abs(float64(n)/float64(na) - float64(b[shape])/float64(nb))
	}
	for shape, n := range b {
		if _, ok := a[shape]; !ok {
			apart += float64(n) / float64(nb)
		}
	}
	return 0.5 + apart/4
}
