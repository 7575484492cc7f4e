package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// ioTimeout limits a round trip; a server that does not answer within it is broken, not slow.
const ioTimeout = 30 * time.Second

// maxRefused fails a run if more than one in so many units is refused.
const maxRefused = 200

type (
	// client supplies the requests of one connection. next returns the bytes of the next
	// request, and take reads the answer. A unit, which is counted and timed, may have several
	// requests; done reports whether that was the last.
	client interface {
		next() []byte
		take(status int, body []byte) (done bool, err error)
	}

	// measure is the result of one side in one round.
	measure struct {
		Units     int           `json:"units"`
		PerSecond float64       `json:"perSecond"`
		P50       time.Duration `json:"p50"`
		P99       time.Duration `json:"p99"`
		// CPU is the user and system time of the server per unit.
		CPU time.Duration `json:"cpu"`
		// Stores is the CPU time of MariaDB and Redis per unit, if the bench started them.
		Stores time.Duration `json:"stores,omitempty"`
	}

	// conn speaks the part of HTTP/1.1 that the servers here use: a status, headers with a
	// Content-Length, a body. net/http would cost the driver as much CPU as the server, on the
	// same cores.
	conn struct {
		net.Conn
		in   *bufio.Reader
		body []byte
	}
)

// drive runs each client on its own connection for the given time and returns the sorted
// durations of all units. It ignores a few refusals, and fails if there are more or if a
// connection breaks.
func drive(addr string, clients []client, d time.Duration) ([]time.Duration, error) {
	var (
		mu      sync.Mutex
		all     []time.Duration
		errs    []error
		refused []error
		wait    sync.WaitGroup
	)
	stop := time.Now().Add(d)
	for _, c := range clients {
		wait.Go(func() {
			times, no, err := ask(addr, c, stop)
			mu.Lock()
			defer mu.Unlock()
			all, errs, refused = append(all, times...), append(errs, err), append(refused, no...)
		})
	}
	wait.Wait()
	slices.Sort(all)
	if len(refused)*maxRefused > len(all) {
		errs = append(errs, fmt.Errorf("%d of %d refused: %w", len(refused), len(all)+len(refused), refused[0]))
	}
	return all, errors.Join(errs...)
}

func ask(addr string, c client, stop time.Time) (times []time.Duration, refused []error, err error) {
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	defer raw.Close()
	line := &conn{Conn: raw, in: bufio.NewReader(raw)}
	begin := time.Now()
	for done := true; !done || begin.Before(stop); {
		status, body, err := line.roundTrip(c.next())
		if err != nil {
			return times, refused, err
		}
		if done, err = c.take(status, body); err != nil {
			refused, done = append(refused, err), true
			begin = time.Now()
		} else if done {
			now := time.Now()
			times = append(times, now.Sub(begin))
			begin = now
		}
	}
	return times, refused, nil
}

func (c *conn) roundTrip(request []byte) (status int, body []byte, err error) {
	if err := c.SetDeadline(time.Now().Add(ioTimeout)); err != nil {
		return 0, nil, err
	}
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case status == 0:
			if len(line) < 12 {
				return 0, nil, fmt.Errorf("drive: status line %q", line)
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, nil, err
			}
		case len(line) == 0:
			return c.readBody(status, length)
		case len(line) > 15 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return 0, nil, err
			}
		}
	}
}

// readBody returns a body that is valid until the next call.
func (c *conn) readBody(status, length int) (int, []byte, error) {
	if length < 0 {
		return 0, nil, fmt.Errorf("drive: a %d without Content-Length", status)
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err := io.ReadFull(c.in, c.body)
	return status, c.body, err
}

// percentile returns a percentile of sorted durations, or 0 if there are none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func median[T float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
