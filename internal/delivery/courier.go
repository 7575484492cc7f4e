package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/delivery/template"
	"user-api/internal/event"
)

const (
	defaultConcurrency = 32
	defaultTimeout     = 10 * time.Second
	// cutGrace is the time to report the sends that Drain had to cancel.
	cutGrace = time.Second
	// unavailableFor is the Retry-After while the queue is down.
	unavailableFor = 5 * time.Second
)

type (
	// Options configure a Courier.
	Options struct {
		// Redis stays open until Drain has returned nil: asynq crashes if its subscription is
		// closed.
		Redis      redis.UniversalClient
		Challenges Challenges
		// Routes are tried in order; the first that matches a message decides.
		Routes []Route
		// Senders by channel, for messages that no route matches. Without one they fail with
		// ReasonChannel.
		Senders map[Channel]Sender
		// AppName is the name of the app in every message. Every text message with it must
		// fit one segment.
		AppName string
		// Texts are the texts of messages; nil means the built-in ones.
		Texts *template.Set
		// LocaleOf returns the language that a user has chosen, a BCP 47 tag, or "" for none.
		// It is used if no language was requested. It is also called for user 0, so that an
		// unknown address takes as long as a known one. It is optional.
		LocaleOf func(ctx context.Context, userID int64) string
		// Concurrency is the maximum number of concurrent sends; 0 means 32. If there are
		// several providers each gets at most half.
		Concurrency int
		// Timeout bounds one call of a sender that is not Bounded; 0 means 10 s.
		Timeout time.Duration
		// Blocklist is optional.
		Blocklist Blocklist
		// Events receives each step of a send.
		Events event.Sink
		// Now and Rand are for latencies and jitter. They must be safe for concurrent use.
		Now  func() time.Time
		Rand io.Reader
	}

	// Courier delivers queued sends. Any number of processes may use the same Redis.
	Courier struct {
		challenges Challenges
		routes     []Route
		providers  map[string]*provider
		repeatable bool
		app        string
		texts      *template.Set
		localeOf   func(context.Context, int64) string
		timeout    time.Duration
		now        func() time.Time
		rand       io.Reader
		events     event.Sink
		blocklist  Blocklist
		outcomes   outcomes

		running running

		redis  redis.UniversalClient
		client *asynq.Client
		server *asynq.Server

		// sending ends when Drain cancels the running sends. draining is closed when Drain
		// begins, drained when nothing runs any more.
		sending  context.Context
		cut      context.CancelFunc
		draining chan struct{}
		drained  chan struct{}

		mu      sync.Mutex
		started bool
		stopped bool
	}
)

// NewCourier returns a courier that can enqueue. It delivers after Start.
func NewCourier(o Options) (*Courier, error) {
	if o.Redis == nil || o.Challenges == nil || o.Events == nil || o.Now == nil || o.Rand == nil {
		return nil, errors.New("delivery: Redis, Challenges, Events, Now and Rand are required")
	}
	if err := o.checkTexts(); err != nil {
		return nil, err
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	c := &Courier{
		challenges: o.Challenges,
		routes:     slices.Clone(o.Routes),
		repeatable: true,
		app:        o.AppName,
		texts:      o.Texts,
		localeOf:   o.LocaleOf,
		timeout:    o.Timeout,
		now:        o.Now,
		rand:       o.Rand,
		events:     o.Events,
		blocklist:  o.Blocklist,
		outcomes:   outcomes{last: map[kind]outcome{}},
		running:    running{ids: map[string]bool{}},
		redis:      o.Redis,
		client:     asynq.NewClientFromRedisClient(expiringClient{o.Redis}),
		server:     newServer(o.Redis, o.Concurrency),
		draining:   make(chan struct{}),
		drained:    make(chan struct{}),
	}
	for channel, sender := range o.Senders {
		c.routes = append(c.routes, Route{Channel: channel, Via: []Hop{{Sender: sender}}})
	}
	// Claim decides before it returns the channel, so a send may only be restarted if
	// every route allows it.
	for _, route := range c.routes {
		c.repeatable = c.repeatable && route.repeatable()
	}
	c.providers = newProviders(c.routes, o.Concurrency)
	c.sending, c.cut = context.WithCancel(context.Background())
	return c, nil
}

// Close cancels the running sends and stops. Drain lets them finish.
func (c *Courier) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return c.Drain(ctx)
}

// Drain takes no more sends off the queue and waits for the running ones. If ctx ends first it
// cancels them, gives them a second to report, and returns an error. Queued sends stay queued
// for another process.
func (c *Courier) Drain(ctx context.Context) error {
	c.mu.Lock()
	if !c.stopped {
		c.stopped = true
		close(c.draining)
		go c.stop(c.started)
	}
	c.mu.Unlock()

	select {
	case <-c.drained:
		return nil
	case <-ctx.Done():
	}
	c.cut()
	select {
	case <-c.drained:
	case <-time.After(cutGrace):
	}
	return fmt.Errorf("delivery: drain: %w", ctx.Err())
}

// Enqueue queues a send. When it returns nil the send is in Redis and outlives this process.
// Repeated calls for one send queue it once. It fails with apperr.Unavailable.
func (c *Courier) Enqueue(ctx context.Context, otpID string, send int) error {
	j := Job{Version: versionOf(otpID), OtpID: otpID, Send: send, Until: c.now().Add(jobLife).Unix()}
	payload, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("delivery: enqueue: %w", err)
	}
	_, err = c.client.EnqueueContext(ctx, asynq.NewTask(taskType, payload),
		asynq.Queue(queueName), asynq.TaskID(j.id()), asynq.MaxRetry(neverArchive))
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		return apperr.New(apperr.Unavailable).WithRetryAfter(unavailableFor).Wrap(fmt.Errorf("delivery: enqueue: %w", err))
	}
	if err == nil {
		c.emit(ctx, j, event.Event{Kind: event.MessageQueued})
	}
	return nil
}

// Ready returns why no sends are accepted, or nil. It does not call Redis.
func (c *Courier) Ready() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started || c.stopped {
		return errors.New("delivery: the courier does not run")
	}
	return nil
}

// Start starts delivering. It returns within a second, even if Redis is down.
func (c *Courier) Start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.stopped {
		return errors.New("delivery: a courier starts once")
	}
	keepKeys(c.redis)
	if err := c.server.Start(asynq.HandlerFunc(c.handle)); err != nil {
		return fmt.Errorf("delivery: start: %w", err)
	}
	c.started = true
	go c.keep()
	return nil
}

// keep sends heartbeats, renews the TTL of asynq's keys and measures the queue, until the
// courier stops.
func (c *Courier) keep() {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		c.heartbeat()
		select {
		case <-c.drained:
			return
		case <-tick.C:
			keepKeys(c.redis)
			c.measure()
		}
	}
}

// stop shuts asynq down, which waits for the running handlers.
func (c *Courier) stop(started bool) {
	defer close(c.drained)
	if started {
		// Stop first: Shutdown begins with parts that wait for Redis while new tasks are
		// still accepted.
		c.server.Stop()
		c.server.Shutdown()
		keepKeys(c.redis)
	}
}
