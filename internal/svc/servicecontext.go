// Package svc wires the service: it builds all parts from the configuration, starts the
// background tasks, and shuts everything down.
package svc

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/zeromicro/go-zero/rest"
	"go.opentelemetry.io/otel/trace"

	"user-api/internal/account"
	"user-api/internal/audit"
	"user-api/internal/avatar"
	"user-api/internal/client"
	"user-api/internal/clock"
	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/delivery/blocklist"
	"user-api/internal/delivery/inbox"
	"user-api/internal/delivery/receipt"
	"user-api/internal/devbox"
	"user-api/internal/event"
	"user-api/internal/failure"
	"user-api/internal/guard"
	"user-api/internal/idempotency"
	"user-api/internal/introspect"
	"user-api/internal/invite"
	"user-api/internal/keyring"
	"user-api/internal/keys"
	"user-api/internal/mfa"
	"user-api/internal/middleware"
	"user-api/internal/notice"
	"user-api/internal/oauth"
	"user-api/internal/openapi"
	"user-api/internal/otp"
	"user-api/internal/passkey"
	"user-api/internal/password"
	"user-api/internal/revocation"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/store"
	"user-api/internal/tally"
	"user-api/internal/timeline"
	"user-api/internal/web"
	"user-api/internal/webhook"
	"user-api/model"
)

const (
	// emailDigits is the minimum length of a code sent by email, where copying is easy and
	// guessing is cheaper than by SMS.
	emailDigits = 8
	migrateAuto = "auto"
)

type (
	// Options are dependencies that tests replace. The zero value is for production.
	Options struct {
		Now  func() time.Time
		Rand io.Reader
		// DatabaseNow replaces the clock of the database, unless nil.
		DatabaseNow func() time.Time
		// ByDatabase synchronizes Now with the clock of the database, as in production.
		ByDatabase bool
		// Secondary opens the stores next to a process that may be serving: the data of its
		// embedded Redis is left alone.
		Secondary bool
		// Hashes overrides the parameters of password hashes, which would dominate the time
		// of unrelated tests.
		Hashes password.Params
	}

	// ServiceContext holds the dependencies of the generated handlers and logic.
	ServiceContext struct {
		Config  config.Config
		Session rest.Middleware
		Admin   rest.Middleware
		// Fresh requires recent authentication.
		Fresh rest.Middleware
		// Idempotent replays the responses of repeated requests.
		Idempotent rest.Middleware
		// Machines lets clients use administrator routes, by scope.
		Machines *middleware.MachineMiddleware
		// Readers lets clients follow the revocation feed, which Polls serves.
		Readers *middleware.MachineMiddleware
		Polls   *revocation.Polls
		Now     func() time.Time
		Rand    io.Reader
		// Tracer creates spans; nil disables tracing.
		Tracer trace.Tracer

		Accounts *account.Accounts
		Audit    *audit.Recorder
		// Avatars is nil if pictures are disabled.
		Avatars    *avatar.Avatars
		Challenges *otp.Challenges
		Clients    *client.Clients
		Inbox      *inbox.Inbox
		// Devbox is the source of the inbox page; nil if there is no page.
		Devbox *devbox.Box
		// Introspector validates tokens for machines.
		Introspector *introspect.Introspector
		Keys         *keys.Keys
		Factors      *mfa.Factors
		Notices      *notice.Notices
		OAuth        *oauth.Service
		// Passkeys is nil if passkeys are disabled.
		Passkeys *passkey.Passkeys
		// Web serves the built-in pages.
		Web *web.Site
		// APIDocument is the API document, Reference its HTML page.
		APIDocument func() (openapi.File, error)
		Reference   func() (web.Asset, error)

		Receipts *receipt.Receipts
		Sessions *session.Sessions
		Signin   *signin.Service
		// Tally counts events for the statistics of administrators.
		Tally    *tally.Tally
		Timeline *timeline.Recorder
		// Webhooks notifies other services about changes to users.
		Webhooks *webhook.Webhooks
		// Callbacks handles the callbacks of message providers.
		Callbacks Callbacks

		users    model.UserModel
		failures *failure.Keeper
		guard    *guard.Guard
		invites  *invite.Invites
		watch    *watch

		db    *store.DB
		redis *store.Redis
		// ended is this node's memory of revocations, feed keeps it up to date.
		ended     *revocation.Memory
		feed      *revocation.Feed
		courier   *delivery.Courier
		blocklist *blocklist.Blocklist
		senders   map[string]delivery.Sender // by provider
		life      *lifecycle
	}
)

// NewServiceContext opens the stores, migrates the database unless disabled, and wires the
// parts. On an error nothing stays open.
func NewServiceContext(ctx context.Context, c config.Config, o Options) (*ServiceContext, error) {
	if o.Now == nil {
		o.Now, o.ByDatabase = time.Now, true
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if err := tryAll(Checks(c, o.Now)); err != nil {
		return nil, err
	}
	startMetrics(c)
	s := &ServiceContext{Config: c, Now: o.Now, Rand: o.Rand, life: newLifecycle()}
	if err := errors.Join(s.startSpans(ctx), s.open(ctx, o), s.wire(o)); err != nil {
		s.closeStores()
		return nil, err
	}
	return s, nil
}

func (s *ServiceContext) open(ctx context.Context, o Options) (err error) {
	if s.db, err = store.OpenDB(ctx, DBOptions(s.Config)); err != nil {
		return err
	}
	if s.Config.Migrate == migrateAuto {
		if err := s.migrate(ctx); err != nil {
			return err
		}
	}
	if o.ByDatabase && s.db.Dialect != store.SQLite {
		s.life.clock = clock.New(o.Now, s.db.Time)
		s.life.clock.Set(ctx)
		s.Now = s.life.clock.Now
	}
	redis := RedisOptions(s.Config)
	// A synchronized clock may step, which the embedded Redis must not see.
	redis.Now = o.Now
	if !o.Secondary {
		redis.DataDir = s.Config.DataDir()
	}
	s.redis, err = store.OpenRedis(ctx, redis)
	s.traceRedis()
	if err == nil && s.Config.Mode == config.ModePro {
		err = s.refuseEviction(ctx)
	}
	return err
}

// wire builds every part, complete at its creation, from those without dependencies up to
// sign-in.
func (s *ServiceContext) wire(o Options) error {
	if s.redis == nil {
		return nil // open has returned the error
	}
	ring, err := newRing(s.Config, s.Rand)
	if err != nil {
		return err
	}
	records, err := s.newRecords(ring)
	if err != nil {
		return err
	}
	changes, err := s.newChanges(o.DatabaseNow)
	if err != nil {
		return err
	}
	if err := s.newKeys(ring, records, changes); err != nil {
		return err
	}
	s.feed = s.newFeed(changes)
	codec, err := s.newCodec()
	if err != nil {
		return err
	}
	s.fillRoutes()
	if err := s.wireAccounts(ring, codec, changes); err != nil {
		return err
	}
	if s.Factors, err = s.newFactors(ring); err != nil {
		return err
	}
	if err := s.wireAvatars(); err != nil {
		return err
	}
	if err := s.wirePasskeys(ring); err != nil {
		return err
	}
	if err := s.wireWeb(); err != nil {
		return err
	}
	s.wireDocument()
	answers, err := idempotency.New(idempotency.Options{Redis: s.redis.Client, Ring: ring, Rand: s.Rand, Now: s.Now})
	if err != nil {
		return err
	}
	s.Idempotent = middleware.NewIdempotentMiddleware(answers, s.Config.Timeout.Duration()).Handle
	verifier, err := NewCaptcha(s.Config.Captcha)
	if err != nil {
		return err
	}
	limits, err := s.newGuard(ring, records, verifier != nil)
	if err != nil {
		return err
	}
	s.guard = limits
	s.Session = middleware.NewSessionMiddleware(codec, s.Sessions, limits).Handle
	s.wireClients(codec, limits, records)
	if s.Challenges, err = s.newChallenges(ring, limits); err != nil {
		return err
	}
	if s.Web.On(web.InboxPage) {
		s.Devbox = devbox.New(devbox.Options{Levels: limits.Levels, Now: s.Now, Draining: s.life.draining})
		records = event.New(records, s.Devbox)
	}
	s.wireReceipts(ring, records)
	if s.courier, err = s.newCourier(records); err != nil {
		return err
	}
	s.life.monitor = s.newMonitor()
	s.Notices = s.newNotices(ring, records)
	events := event.New(records, s.Notices)
	if s.Signin, err = s.newSignin(ring, codec, limits, verifier, events, o.Hashes); err != nil {
		return err
	}
	s.Admin = middleware.NewAdminMiddleware(s.Accounts, s.Signin).Handle
	s.Fresh = middleware.NewFreshMiddleware(s.Signin).Handle
	s.OAuth = s.newOAuth(ring, limits, events)
	return nil
}

func (s *ServiceContext) newChallenges(ring *keyring.Ring, limits *guard.Guard) (*otp.Challenges, error) {
	tests, err := testIdentities(s.Config)
	if err != nil {
		return nil, err
	}
	return otp.New(otp.Options{
		Redis: s.redis.Client, Spread: s.spread(), Ring: ring, Rand: s.Rand, Guard: limits,
		Lengths: codeDigits(s.Config.Otp),
		Expire:  s.Config.Otp.Expire.Duration(), Cooldown: s.Config.Otp.Cooldown.Duration(),
		Attempts: s.Config.Otp.Attempts, Tests: tests, Now: s.Now, Failures: s.failures,
		Channels: channels(s.Config), Estimator: receipt.NewArrivals(receipt.ArrivalOptions{
			Redis: s.redis.Client, Provider: firstProviders(s.Config), Now: s.Now,
		}),
	})
}
