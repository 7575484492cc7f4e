package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

type (
	// cost is a value measured of the service alone, with its limit.
	cost struct {
		Name   string  `json:"name"`
		Value  float64 `json:"value"`
		AtMost float64 `json:"atMost"`
		Unit   string  `json:"unit"`
	}

	// report has the results of a run.
	report struct {
		Outcomes []outcome `json:"outcomes,omitempty"`
		Costs    []cost    `json:"costs,omitempty"`
	}
)

// add records an outcome and prints it, as a run takes minutes.
func (r *report) add(o outcome) {
	r.Outcomes = append(r.Outcomes, o)
	fmt.Fprintf(os.Stderr, "%-28s %6.0f/s of %6.0f/s, CPU %v of %v, p99 %v: throughput %.2f, CPU %.2f\n", o.Name,
		o.Side.PerSecond, o.Floor.PerSecond, o.Side.CPU, o.Floor.CPU, o.Side.P99, o.Throughput, o.CPU)
}

// print writes the tables of docs/performance.md.
func (r report) print(w io.Writer) {
	if len(r.Outcomes) > 0 {
		fmt.Fprintf(w, "| path | floor | per second | p50 ms | p99 ms | CPU µs | stores µs | throughput ratio | CPU ratio | at least | |\n")
		fmt.Fprintf(w, "|---|---|---|---|---|---|---|---|---|---|---|\n")
	}
	for _, o := range r.Outcomes {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | **%.2f** | %.2f | %s | %s |\n", o.Name, o.FloorIs,
			pair(o.Side.PerSecond, o.Floor.PerSecond, "%.0f"), pair(ms(o.Side.P50), ms(o.Floor.P50), "%.1f"),
			pair(ms(o.Side.P99), ms(o.Floor.P99), "%.1f"), pair(us(o.Side.CPU), us(o.Floor.CPU), "%.0f"),
			pair(us(o.Side.Stores), us(o.Floor.Stores), "%.0f"),
			o.Throughput, o.CPU, o.target(), o.verdict())
	}
	if len(r.Costs) > 0 {
		fmt.Fprintf(w, "\n| cost | measured | at most | |\n|---|---|---|---|\n")
	}
	for _, c := range r.Costs {
		verdict, digits := "met", 0
		if c.AtMost < 10 {
			digits = 1
		}
		if c.Value > c.AtMost {
			verdict = fmt.Sprintf("missed by %.*f %s", digits, c.Value-c.AtMost, c.Unit)
		}
		fmt.Fprintf(w, "| %s | %.*f %s | %.*f %s | %s |\n", c.Name, digits, c.Value, c.Unit, digits, c.AtMost, c.Unit, verdict)
	}
	fmt.Fprintf(w, "\n%s, %d cores, %s. In a cell: service / floor.\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly))
}

// write writes the results of every round as JSON.
func (r report) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func (o outcome) target() string {
	if o.PerCore {
		return fmt.Sprintf("%.2f of CPU", o.AtLeast)
	}
	if o.P99AtMost > 0 {
		return fmt.Sprintf("%.2f, p99 %.0f ms", o.AtLeast, ms(o.P99AtMost))
	}
	return fmt.Sprintf("%.2f", o.AtLeast)
}

func (o outcome) verdict() string {
	switch {
	case o.ratio() < o.AtLeast:
		return fmt.Sprintf("missed by %.2f", o.AtLeast-o.ratio())
	case o.P99AtMost > 0 && o.Side.P99 > o.P99AtMost:
		return fmt.Sprintf("missed by %.1f ms", ms(o.Side.P99-o.P99AtMost))
	}
	return "met"
}

func pair(side, floor float64, format string) string {
	return fmt.Sprintf(format+" / "+format, side, floor)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
