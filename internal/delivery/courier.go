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
	// cutGrace is for reporting the sends that Drain had to cut.
	cutGrace = time.Second
	// unavailableFor is what a client is told to wait when the queue is down.
	unavailableFor = 5 * time.Second
)

type (
	// Options configure a Courier.
	Options struct {
		// Redis stays the caller's, who may close it once Drain has returned nil:
		// asynq crashes when its subscription is taken away.
		Redis      redis.UniversalClient
		Challenges Challenges
		// Routes are looked at in order; the first that takes a message decides.
		Routes []Route
		// Senders by channel, for what no route takes; without one it fails with
		// ReasonChannel.
		Senders map[Channel]Sender
		// AppName is the name of the app in every message. Every text message
		// with it has to fit one segment.
		AppName string
		// Texts are the messages' texts; nil means the shipped ones.
		Texts *template.Set
		// LocaleOf returns the language that a user has chosen, a BCP 47 tag, or ""
		// for none: in it codes are sent for which no language was asked. It is called
		// for nobody, 0, as well, so that an account takes no longer. Nil means that none
		// is known.
		LocaleOf func(ctx context.Context, userID int64) string
		// Concurrency is how many sends run at once; 0 means 32. Of several
		// providers each gets half of them at most.
		Concurrency int
		// Timeout bounds one call of a sender that is not Bounded; 0 means 10 s.
		Timeout time.Duration
		// Holds remembers whom a provider has blocked; nil for nobody.
		Holds Holds
		// Events receives each step of a send.
		Events event.Sink
		// Now and Rand give latencies and jitter; safe for concurrent use.
		Now  func() time.Time
		Rand io.Reader
	}

	// Courier delivers queued sends. Any number of processes may run one on the
	// same Redis.
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
		holds      Holds
		outcomes   outcomes

		running running

		redis  redis.UniversalClient
		client *asynq.Client
		server *asynq.Server

		// sending ends when Drain cuts the running sends, draining is closed
		// when it begins, drained when nothing runs any more.
		sending  context.Context
		cut      context.CancelFunc
		draining chan struct{}
		drained  chan struct{}

		mu      sync.Mutex
		started bool
		stopped bool
	}
)

// NewCourier returns a courier that can enqueue; Start makes it deliver too.
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
		holds:      o.Holds,
		outcomes:   outcomes{last: map[kind]outcome{}},
		running:    running{ids: map[string]bool{}},
		redis:      o.Redis,
		client:     asynq.NewClientFromRedisClient(mortalClient{o.Redis}),
		server:     newServer(o.Redis, o.Concurrency),
		draining:   make(chan struct{}),
		drained:    make(chan struct{}),
	}
	for channel, sender := range o.Senders {
		c.routes = append(c.routes, Route{Channel: channel, Via: []Hop{{Sender: sender}}})
	}
	// Claim decides before it tells the channel, so a send may begin again only
	// if every route allows it.
	for _, route := range c.routes {
		c.repeatable = c.repeatable && route.repeatable()
	}
	c.providers = newProviders(c.routes, o.Concurrency)
	c.sending, c.cut = context.WithCancel(context.Background())
	return c, nil
}

// Close cuts the running sends and stops. Drain is the kinder way.
func (c *Courier) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return c.Drain(ctx)
}

// Drain takes no more sends off the queue and waits for the running ones. When
// ctx ends first, they are cut and reported within a second more, and the error
// tells. What is queued stays queued for another process.
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

// Enqueue makes a send due. When it returns nil the send is in Redis and
// outlives this process; the same send again is no second one. Fails with
// apperr.Unavailable.
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

// Ready tells why no sends are taken, or nil. It does not ask Redis.
func (c *Courier) Ready() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.started || c.stopped {
		return errors.New("delivery: the courier does not run")
	}
	return nil
}

// Start begins to deliver. It returns within a second, also while Redis is down.
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

// keep renews the expiry of asynq's own keys, says what is worked on and measures the
// queue, until the courier stops.
func (c *Courier) keep() {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		c.beat()
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
		// Stop first: Shutdown alone begins with parts that wait for Redis
		// while tasks are still taken.
		c.server.Stop()
		c.server.Shutdown()
		keepKeys(c.redis)
	}
}
