package main

import (
	"fmt"
	"time"
)

// The names of the paths for -only.
const (
	pathCheck    = "check"
	pathInfo     = "info"
	pathRefresh  = "refresh"
	pathCode     = "code"
	pathPassword = "password"
)

type (
	// side is one server under load.
	side struct {
		server  *server
		clients []client
	}

	// contest compares a side with a floor. Both are driven in alternation, so that other
	// work of the machine affects both.
	contest struct {
		name        string
		stores      *stores
		floor, side side
		atLeast     float64
		p99AtMost   time.Duration
		// perCore compares the CPU ratio with atLeast, instead of the throughput ratio.
		perCore      bool
		floorIs      string
		rounds       int
		each, warmUp time.Duration
	}

	// outcome is the result of a contest: medians over the rounds, also of the ratios.
	outcome struct {
		Name    string  `json:"name"`
		FloorIs string  `json:"floorIs"`
		Floor   measure `json:"floor"`
		Side    measure `json:"side"`
		// Throughput is the side's over the floor's; the driver, the stores and both servers
		// share the cores. CPU is the floor's CPU per unit over the side's.
		Throughput float64       `json:"throughput"`
		CPU        float64       `json:"cpu"`
		AtLeast    float64       `json:"atLeast"`
		PerCore    bool          `json:"perCore,omitempty"`
		P99AtMost  time.Duration `json:"p99AtMost,omitempty"`
		Rounds     [][2]measure  `json:"rounds"`
	}
)

func (c contest) run() (outcome, error) {
	o := outcome{Name: c.name, FloorIs: c.floorIs, AtLeast: c.atLeast, P99AtMost: c.p99AtMost, PerCore: c.perCore}
	for _, s := range []side{c.floor, c.side} {
		if _, err := s.measure(c.stores, c.warmUp); err != nil {
			return o, fmt.Errorf("%s: %s: %w", c.name, s.server.name, err)
		}
	}
	for range c.rounds {
		var round [2]measure
		for i, s := range []side{c.floor, c.side} {
			var err error
			if round[i], err = s.measure(c.stores, c.each); err != nil {
				return o, fmt.Errorf("%s: %s: %w", c.name, s.server.name, err)
			}
		}
		o.Rounds = append(o.Rounds, round)
	}
	o.Floor, o.Side = o.median(0), o.median(1)
	o.Throughput = median(o.each(func(r [2]measure) float64 { return r[1].PerSecond / r[0].PerSecond }))
	o.CPU = median(o.each(func(r [2]measure) float64 { return float64(r[0].CPU) / float64(r[1].CPU) }))
	return o, nil
}

// measure drives one side for the given time.
func (s side) measure(stores *stores, d time.Duration) (measure, error) {
	before, err := s.server.cpu()
	if err != nil {
		return measure{}, err
	}
	storesBefore, err := stores.cpu()
	if err != nil {
		return measure{}, err
	}
	begin := time.Now()
	times, err := drive(s.server.addr, s.clients, d)
	took := time.Since(begin)
	if err != nil {
		return measure{}, err
	}
	storesAfter, err := stores.cpu()
	if err != nil {
		return measure{}, err
	}
	after, err := s.server.cpu()
	if err != nil || len(times) == 0 {
		return measure{}, fmt.Errorf("nothing was answered: %w", err)
	}
	return measure{
		Units: len(times), PerSecond: float64(len(times)) / took.Seconds(),
		P50: percentile(times, 50), P99: percentile(times, 99), CPU: (after - before) / time.Duration(len(times)),
		Stores: (storesAfter - storesBefore) / time.Duration(len(times)),
	}, nil
}

func (o outcome) each(of func([2]measure) float64) []float64 {
	values := make([]float64, len(o.Rounds))
	for i, round := range o.Rounds {
		values[i] = of(round)
	}
	return values
}

func (o outcome) median(i int) measure {
	value := func(of func(measure) float64) float64 {
		return median(o.each(func(r [2]measure) float64 { return of(r[i]) }))
	}
	return measure{
		Units:     int(value(func(m measure) float64 { return float64(m.Units) })),
		PerSecond: value(func(m measure) float64 { return m.PerSecond }),
		P50:       time.Duration(value(func(m measure) float64 { return float64(m.P50) })),
		P99:       time.Duration(value(func(m measure) float64 { return float64(m.P99) })),
		CPU:       time.Duration(value(func(m measure) float64 { return float64(m.CPU) })),
		Stores:    time.Duration(value(func(m measure) float64 { return float64(m.Stores) })),
	}
}

// ratio returns the ratio that AtLeast limits.
func (o outcome) ratio() float64 {
	if o.PerCore {
		return o.CPU
	}
	return o.Throughput
}
