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

// ioTimeout is when a connection is given up; a server that does not answer
// within it is broken, not slow.
const ioTimeout = 30 * time.Second

// maxRefused: one in so many units may be refused before a run is worth nothing.
const maxRefused = 200

type (
	// client is what one connection asks: next is its next request, whole, as it
	// goes over the wire, and take looks at the answer. A unit, which is what is
	// counted and timed, may be more than one request; done tells its last.
	client interface {
		next() []byte
		take(status int, body []byte) (done bool, err error)
	}

	// measure is one side of one round.
	measure struct {
		Units     int           `json:"units"`
		PerSecond float64       `json:"perSecond"`
		P50       time.Duration `json:"p50"`
		P99       time.Duration `json:"p99"`
		// CPU is the server's own, user and system, per unit.
		CPU time.Duration `json:"cpu"`
		// Stores is the CPU of MariaDB and Redis per unit, where they are the bench's.
		Stores time.Duration `json:"stores,omitempty"`
	}

	// conn speaks as much HTTP/1.1 as the servers here answer: a status, headers
	// with a Content-Length, a body. net/http would cost the driver as much as it
	// costs the server, on the same cores.
	conn struct {
		net.Conn
		in   *bufio.Reader
		body []byte
	}
)

// drive lets each client ask for the duration on a connection of its own and
// returns how long each unit took, sorted. A refusal now and then is passed over;
// where there are more, or a connection breaks, it fails.
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

// readBody returns a body that is valid until the next one.
func (c *conn) readBody(status, length int) (int, []byte, error) {
	if length < 0 {
		return 0, nil, fmt.Errorf("drive: a %d without Content-Length", status)
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err := io.ReadFull(c.in, c.body)
	return status, c.body, err
}

// percentile of sorted times; 0 where there are none.
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
