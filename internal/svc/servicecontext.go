// Package svc is the one place where parts meet: it builds everything from the
// configuration, starts what runs in the background, and takes it down again.
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
	// emailDigits is the least length of a code sent by e-mail, where copying is
	// easy and guessing is cheaper than by SMS.
	emailDigits = 8
	migrateAuto = "auto"
)

type (
	// Options are what a test replaces. The zero value is the real world.
	Options struct {
		Now  func() time.Time
		Rand io.Reader
		// DatabaseNow is the time of the database, where that is not to be its own.
		DatabaseNow func() time.Time
		// ByDatabase puts Now right by the database's clock, as the real clock always is.
		ByDatabase bool
		// Beside opens the stores beside a process that may be serving: the Redis
		// inside that one is left alone.
		Beside bool
		// Hashes are the parameters of password hashes, where a test is about something
		// else and theirs would be most of its time.
		Hashes password.Params
	}

	// ServiceContext is what the generated handlers and logic work with.
	ServiceContext struct {
		Config  config.Config
		Session rest.Middleware
		Admin   rest.Middleware
		// Fresh demands a fresh proof.
		Fresh rest.Middleware
		// Idempotent repeats answers that were lost.
		Idempotent rest.Middleware
		// Machines lets clients do what administrators do, by scope.
		Machines *middleware.MachineMiddleware
		// Readers lets clients follow the feed of revocations, which Polls answer.
		Readers *middleware.MachineMiddleware
		Polls   *revocation.Polls
		Now     func() time.Time
		Rand    io.Reader
		// Tracer makes spans; nil makes none.
		Tracer trace.Tracer

		Accounts *account.Accounts
		Audit    *audit.Recorder
		// Avatars is nil where no pictures are kept.
		Avatars    *avatar.Avatars
		Challenges *otp.Challenges
		Clients    *client.Clients
		Inbox      *inbox.Inbox
		// Devbox is what the page of the inbox follows; nil where there is no page.
		Devbox *devbox.Box
		// Introspector tells machines whether tokens hold.
		Introspector *introspect.Introspector
		Keys         *keys.Keys
		Factors      *mfa.Factors
		Notices      *notice.Notices
		OAuth        *oauth.Service
		// Passkeys is nil where there are none.
		Passkeys *passkey.Passkeys
		// Web has the pages for people.
		Web *web.Site
		// APIDocument is the document of the API, Reference the page of it.
		APIDocument func() (openapi.File, error)
		Reference   func() (web.Asset, error)

		Receipts *receipt.Receipts
		Sessions *session.Sessions
		Signin   *signin.Service
		// Tally counts what happens, for the plots of administrators.
		Tally    *tally.Tally
		Timeline *timeline.Recorder
		// Webhooks tell other services what happens to users.
		Webhooks *webhook.Webhooks
		// Callbacks take what providers tell of messages.
		Callbacks Callbacks

		users    model.UserModel
		failures *failure.Keeper
		guard    *guard.Guard
		invites  *invite.Invites
		watch    *watch

		db    *store.DB
		redis *store.Redis
		// ended is what this node knows of ends, feed what keeps it up to date.
		ended     *revocation.Memory
		feed      *revocation.Feed
		courier   *delivery.Courier
		blocklist *blocklist.Blocklist
		senders   map[string]delivery.Sender // by provider
		life      *lifecycle
	}
)

// NewServiceContext opens the stores, migrates the database unless told not to,
// and wires the parts. On an error nothing stays open.
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
	// A clock that is put right may step; that of the Redis inside must not.
	redis.Now = o.Now
	if !o.Beside {
		redis.DataDir = s.Config.DataDir()
	}
	s.redis, err = store.OpenRedis(ctx, redis)
	s.watchCommands()
	if err == nil && s.Config.Mode == config.ModePro {
		err = s.refuseEviction(ctx)
	}
	return err
}

// wire builds every part, each complete when it is made, from those that need
// nobody up to sign-in.
func (s *ServiceContext) wire(o Options) error {
	if s.redis == nil {
		return nil // open has said why
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
			Redis: s.redis.Client, Provider: arrivals(s.Config), Now: s.Now,
		}),
	})
}
