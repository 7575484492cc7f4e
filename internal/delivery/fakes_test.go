package delivery_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/delivery"
	"user-api/internal/event"
)

// Canaries: what every test sends, and what neither Redis nor the log may hold.
const (
	secretCode   = "739184"
	secretNumber = "+15005550006"

	// patience is how long a test waits for what should happen in a moment.
	patience = time.Minute
)

// chance is a fixed source of jitter.
type chance byte

func (c chance) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

// challenges is a store in memory with the contract of delivery.Challenges.
type challenges struct {
	mu      sync.Mutex
	sends   map[string]*send
	outages int // number of calls that fail before the store works
}

type send struct {
	out     delivery.Outgoing
	begun   bool
	settled bool
	claims  int
	reports []string // "status reason"
}

func newChallenges() *challenges { return &challenges{sends: map[string]*send{}} }

func key(otpID string, n int) string { return fmt.Sprintf("%s.%d", otpID, n) }

// add adds a send and returns its key, which is also its message's ID.
func (c *challenges) add(otpID string, n int, change ...func(*delivery.Outgoing)) string {
	out := delivery.Outgoing{To: secretNumber, Channel: delivery.SMS, Purpose: "login", Code: secretCode, ExpiresIn: 5 * time.Minute}
	for _, f := range change {
		if f != nil {
			f(&out)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sends[key(otpID, n)] = &send{out: out}
	return key(otpID, n)
}

func (c *challenges) outage() error {
	if c.outages > 0 {
		c.outages--
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (c *challenges) Claim(_ context.Context, otpID string, n int, repeatable bool) (delivery.Outgoing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.outage(); err != nil {
		return delivery.Outgoing{}, err
	}
	s, ok := c.sends[key(otpID, n)]
	if !ok || s.settled {
		return delivery.Outgoing{}, delivery.ErrGone
	}
	if s.begun && !repeatable {
		return delivery.Outgoing{}, delivery.ErrUnconfirmed
	}
	s.begun = true
	s.claims++
	return s.out, nil
}

func (c *challenges) Report(_ context.Context, otpID string, n int, status delivery.Status, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.outage(); err != nil {
		return err
	}
	s := c.sends[key(otpID, n)]
	s.reports = append(s.reports, strings.TrimSpace(string(status)+" "+reason))
	s.begun = false
	s.settled = status != delivery.StatusQueued
	return nil
}

// reports returns what was reported of a send so far.
func (c *challenges) reports(key string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.sends[key].reports...)
}

func (c *challenges) settled() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sends {
		if s.settled {
			n++
		}
	}
	return n
}

// sender is a provider in memory. send, if set, decides each call; n counts
// from 1 per message.
type sender struct {
	name       string // fake, if empty
	repeatable bool
	send       func(ctx context.Context, m delivery.Message, n int) error

	mu       sync.Mutex
	calls    map[string][]time.Time
	accepted map[string]int
	last     delivery.Message
}

func (s *sender) Repeatable() bool { return s.repeatable }

func (s *sender) Name() string {
	if s.name == "" {
		return "fake"
	}
	return s.name
}

func (s *sender) Send(ctx context.Context, m delivery.Message) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls, s.accepted = map[string][]time.Time{}, map[string]int{}
	}
	s.calls[m.ID] = append(s.calls[m.ID], time.Now())
	n := len(s.calls[m.ID])
	s.mu.Unlock()
	if s.send != nil {
		if err := s.send(ctx, m, n); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[m.ID]++
	s.last = m
	return nil
}

func (s *sender) callsOf(id string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.calls[id]...)
}

func (s *sender) acceptedTotal() (messages, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.accepted {
		most = max(most, n)
	}
	return len(s.accepted), most
}

// newCourier returns a courier for text messages that is drained with the test.
func newCourier(t *testing.T, client redis.UniversalClient, store delivery.Challenges, s delivery.Sender,
	change ...func(*delivery.Options),
) *delivery.Courier {
	t.Helper()
	o := delivery.Options{
		Redis: client, Challenges: store, Events: event.New(), AppName: "Acme", Now: time.Now, Rand: rand.Reader,
		Senders: map[delivery.Channel]delivery.Sender{delivery.SMS: s},
	}
	for _, f := range change {
		f(&o)
	}
	c, err := delivery.NewCourier(o)
	if err != nil {
		t.Fatalf("NewCourier: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func start(t *testing.T, c *delivery.Courier) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatalf("Start: %v", err)
	}
}

func enqueue(t *testing.T, c *delivery.Courier, otpID string, n int) {
	t.Helper()
	if err := c.Enqueue(t.Context(), otpID, n); err != nil {
		t.Fatalf("Enqueue(%s, %d): %v", otpID, n, err)
	}
}

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen within %s: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestMain fails the run if any log line holds a canary.
func TestMain(m *testing.M) {
	log := &lockedBuffer{}
	logx.SetWriter(logx.NewWriter(log))
	logx.SetLevel(logx.DebugLevel)
	code := m.Run()
	for _, secret := range []string{secretCode, secretNumber} {
		if strings.Contains(log.String(), secret) {
			fmt.Printf("FAIL: the log holds %s:\n%s", secret, log.String())
			code = 1
		}
	}
	os.Exit(code)
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
