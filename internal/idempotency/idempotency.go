// Package idempotency lets a client repeat a request whose answer was lost. The same key with the
// same body from the same client gets the first answer for 60 s, and the work is done once across
// all nodes.
//
//	ParseKey  parses the header
//	Begin     waits until nobody else works on the key, then returns either an answer to
//	          repeat or a Turn in which to do the work
//	Turn      Keep stores an answer, End releases the key
//
// A key is claimed in Redis with a random owner token. The claim is a lease: the owner renews it
// while it works, so the claim of a killed process expires within seconds. Other requests with the
// key wait. Without the pepper nothing in Redis is readable: the name of a key is a pseudonym, the
// body a keyed digest, and the answer, which may contain tokens, is sealed for this name and body.
//
// If Redis refuses to store an answer, this process keeps it in memory, and the guarantee holds on
// this node only. If Redis is unavailable, the work is done anyway.
package idempotency

import (
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
)

const (
	// life is how long an answer is stored.
	life = time.Minute
	// claimLife is how long a claim lasts without renewal; renewInterval allows for one lost
	// renewal.
	claimLife     = 3 * time.Second
	renewInterval = time.Second

	// MaxAnswer bounds an answer in bytes; ours have less than 2 KiB.
	MaxAnswer = 8 << 10

	// The number of keys that one client and one network may claim per minute. Requests beyond that
	// are served as if they had no key.
	maxClient  = 600
	maxNetwork = 6000

	// callTimeout bounds a command that a disconnecting client must not interrupt.
	callTimeout = 2 * time.Second
	// shortTimeout bounds a command while Redis is failing, and optional commands.
	shortTimeout = 250 * time.Millisecond

	// A waiting request polls after firstPause, then twice as long each time, up to maxPause.
	firstPause = 10 * time.Millisecond
	maxPause   = 160 * time.Millisecond

	ownerBytes  = 16
	logInterval = 10_000
	prefix      = "ua:idem:"
)

var (
	//go:embed lua/claim.lua
	claimLua string
	//go:embed lua/keep.lua
	keepLua string
	//go:embed lua/renew.lua
	renewLua string
	//go:embed lua/release.lua
	releaseLua string

	claimScript   = redis.NewScript(claimLua)
	keepScript    = redis.NewScript(keepLua)
	renewScript   = redis.NewScript(renewLua)
	releaseScript = redis.NewScript(releaseLua)
)

type (
	// Options configure Answers. All fields are required.
	Options struct {
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		Rand  io.Reader
		// Now is the clock for the answers kept in memory.
		Now func() time.Time
	}

	// Answers holds the answers of the last minute. It is safe for concurrent use.
	Answers struct {
		redis  redis.UniversalClient
		ring   *keyring.Ring
		body   *keyring.MAC
		rand   io.Reader
		now    func() time.Time
		locks  *keyedMutex
		memory *memory
		log    *logx.LessLogger
	}

	// Request identifies a request: all of it must be the same to get the same answer.
	Request struct {
		// Route is the method and path.
		Route string
		Key   string
		// Client is the sender's address. Of IPv6 only the /64 counts, within which devices change
		// their address.
		Client netip.Addr
		Body   []byte
	}
)

// New returns Answers with a key derived from the ring.
func New(o Options) (*Answers, error) {
	body, err := o.Ring.MAC("idempotency body")
	if err != nil {
		return nil, err
	}
	return &Answers{
		redis: o.Redis, ring: o.Ring, body: body, rand: o.Rand, now: o.Now,
		locks: newKeyedMutex(), memory: newMemory(), log: logx.NewLessLogger(logInterval),
	}, nil
}

// Begin returns either the answer to repeat, or a turn to do the work in, which the caller must
// End. It waits while another request works on the same key. It fails with apperr.KeyMismatch for
// another body with the same key, and with apperr.Unavailable if ctx ends first.
func (a *Answers) Begin(ctx context.Context, r Request) ([]byte, *Turn, error) {
	n := a.name(r)
	// Within a process, requests with the same key are serialized, so that only one of them polls
	// Redis and the guarantee holds for them even without Redis.
	leave, err := a.locks.lock(ctx, n.key)
	if err != nil {
		return nil, nil, a.waitedOut(err, claimLife)
	}
	turn, err := a.newTurn(n, leave)
	if err != nil {
		leave()
		return nil, nil, err
	}
	answer, err := a.await(ctx, turn)
	if err != nil || answer != nil {
		leave()
		return answer, nil, err
	}
	return nil, turn, nil
}

// await returns the answer to repeat, or nil if the turn was claimed.
func (a *Answers) await(ctx context.Context, t *Turn) ([]byte, error) {
	if answer, err := a.fromMemory(t.name); answer != nil || err != nil {
		return answer, err
	}
	for pause, waited := firstPause, false; ; pause, waited = min(2*pause, maxPause), true {
		reply, err := a.claim(ctx, t)
		switch {
		case err != nil && waited:
			// Another request is working; working concurrently could do it twice.
			outcomes.Inc("unavailable")
			return nil, apperr.Down(err)
		case err != nil:
			a.log.Errorf("idempotency: Redis is unavailable, a retry may repeat the work: %v", err)
			outcomes.Inc("unkept")
			return nil, nil
		}
		switch text(reply, 0) {
		case "claimed":
			outcomes.Inc("new")
			t.renew()
			return nil, nil
		case "full":
			outcomes.Inc("unkept")
			t.unkept = true
			return nil, nil
		case "mismatch":
			outcomes.Inc("mismatch")
			return nil, apperr.New(apperr.KeyMismatch)
		case "answer":
			return a.open(t, text(reply, 1))
		}
		left := time.Duration(number(reply, 1)) * time.Millisecond
		if err := sleep(ctx, pause); err != nil {
			return nil, a.waitedOut(err, left)
		}
	}
}

// open opens a stored answer. One that does not open was not made by us for this request, so it is
// neither sent nor overwritten, and the work is done.
func (a *Answers) open(t *Turn, sealed string) ([]byte, error) {
	answer, err := a.ring.Open(t.context(), []byte(sealed))
	if err != nil {
		a.log.Errorf("idempotency: a stored answer cannot be opened")
		outcomes.Inc("unkept")
		t.unkept = true
		return nil, nil
	}
	outcomes.Inc("replayed")
	return answer, nil
}

func (a *Answers) fromMemory(n name) ([]byte, error) {
	sealed, digest := a.memory.find(n.key, a.now())
	switch {
	case sealed == nil:
		return nil, nil
	case digest != n.digest:
		outcomes.Inc("mismatch")
		return nil, apperr.New(apperr.KeyMismatch)
	}
	answer, err := a.ring.Open(n.context(), sealed)
	if err != nil {
		return nil, nil
	}
	outcomes.Inc("replayed")
	return answer, nil
}

func (a *Answers) claim(ctx context.Context, t *Turn) ([]any, error) {
	// An interrupted claim would block other requests.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	return claimScript.Run(ctx, a.redis, []string{t.key, t.network, t.client},
		t.owner, t.digest, claimLife.Milliseconds(), life.Milliseconds(), maxNetwork, maxClient).Slice()
}

func (a *Answers) newTurn(n name, leave func()) (*Turn, error) {
	raw := make([]byte, ownerBytes)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return nil, fmt.Errorf("idempotency: new owner: %w", err)
	}
	return &Turn{answers: a, name: n, owner: hex.EncodeToString(raw), leave: leave}, nil
}

func (a *Answers) waitedOut(err error, left time.Duration) error {
	outcomes.Inc("unavailable")
	return apperr.New(apperr.Unavailable).WithRetryAfter(max(left, time.Second)).Wrap(fmt.Errorf("idempotency: wait for the first request: %w", err))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func number(reply []any, i int) int64 {
	if i >= len(reply) {
		return 0
	}
	n, _ := reply[i].(int64)
	return n
}

func text(reply []any, i int) string {
	if i >= len(reply) {
		return ""
	}
	s, _ := reply[i].(string)
	return s
}
