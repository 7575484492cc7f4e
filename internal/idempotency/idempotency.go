// Package idempotency lets a client ask again when an answer was lost. The same
// key, from the same client and with the same body, gets the answer that was given
// before, for 60 s, and the work is done once, on whatever node.
//
//	ParseKey  reads the header
//	Begin     waits until nobody else works on the key; then there is either an
//	          answer to repeat, or a Turn to do the work in
//	Turn      Keep keeps an answer, End gives the key free
//
// A key is claimed in Redis under an owner's random token, and the claim is renewed
// while the owner works, so that the claim of a process that was killed ends within
// seconds. Requests with a key that is claimed wait. Nothing in Redis can be read
// without the pepper: the name of a key is a pseudonym, the body a keyed digest, and
// the answer, which may hold tokens, is sealed for this very name and body.
//
// Where Redis refuses to keep an answer, this process holds it in memory: the promise
// then is this node's alone. Where Redis does not answer at all, the work is done
// nevertheless.
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
	// life is how long an answer is kept.
	life = time.Minute
	// claimLife is how long a claim lasts that is not renewed; renewEvery leaves two
	// renewals for the case that one is lost.
	claimLife  = 3 * time.Second
	renewEvery = time.Second

	// MaxAnswer bounds an answer, in bytes; ours have less than 2 KiB.
	MaxAnswer = 8 << 10

	// So many keys one client, and one network, may have claimed in a minute; with
	// those beyond, requests are served as without a key.
	maxClient  = 600
	maxNetwork = 6000

	// callTime bounds a command that must not be cut off by a client that goes away.
	callTime = 2 * time.Second
	// patience bounds a command while Redis is known to fail, and one that nothing
	// depends on.
	patience = 250 * time.Millisecond

	// A request that waits looks again after so long, twice as long each time.
	firstPause = 10 * time.Millisecond
	maxPause   = 160 * time.Millisecond

	ownerBytes  = 16
	quietMillis = 10_000
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
	// Options configure Answers. Zero values are not filled in.
	Options struct {
		Redis redis.UniversalClient
		Ring  *keyring.Ring
		Rand  io.Reader
		// Now is the clock of the answers that this process holds.
		Now func() time.Time
	}

	// Answers are the answers of the last minute. It is safe for concurrent use.
	Answers struct {
		redis redis.UniversalClient
		ring  *keyring.Ring
		body  *keyring.MAC
		rand  io.Reader
		now   func() time.Time
		doors *doors
		held  *held
		log   *logx.LessLogger
	}

	// Request is what must be the same to get the same answer.
	Request struct {
		// Route is the method and the path.
		Route string
		Key   string
		// Client is the sender's address; of IPv6 its /64 counts, within which a
		// device changes its address by itself.
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
		doors: newDoors(), held: newHeld(), log: logx.NewLessLogger(quietMillis),
	}, nil
}

// Begin returns the answer to repeat, or else a turn to do the work in, which the
// caller must End. It waits while another request works on the same key. Fails with
// apperr.KeyMismatch for another body under the key, and with
// apperr.Unavailable when ctx ends first.
func (a *Answers) Begin(ctx context.Context, r Request) ([]byte, *Turn, error) {
	n := a.name(r)
	// Within a process the requests of a key go one after the other, so that one of
	// them asks Redis, and the promise to parallel ones holds without Redis.
	leave, err := a.doors.enter(ctx, n.key)
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

// await returns the answer to repeat, or nil when the turn has come.
func (a *Answers) await(ctx context.Context, t *Turn) ([]byte, error) {
	if answer, err := a.fromMemory(t.name); answer != nil || err != nil {
		return answer, err
	}
	for pause, waited := firstPause, false; ; pause, waited = min(2*pause, maxPause), true {
		reply, err := a.claim(ctx, t)
		switch {
		case err != nil && waited:
			// Somebody is at work: to do it beside them could do it twice.
			outcomes.Inc("unavailable")
			return nil, apperr.Down(err)
		case err != nil:
			a.log.Errorf("idempotency: Redis does not answer, a retry may be done anew: %v", err)
			outcomes.Inc("unkept")
			return nil, nil
		}
		switch text(reply, 0) {
		case "claimed":
			outcomes.Inc("new")
			t.hold()
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

// open opens a kept answer. What does not open was not made by us for this request,
// so it is neither sent nor overwritten, and the work is done.
func (a *Answers) open(t *Turn, sealed string) ([]byte, error) {
	answer, err := a.ring.Open(t.context(), []byte(sealed))
	if err != nil {
		a.log.Errorf("idempotency: a kept answer cannot be opened")
		outcomes.Inc("unkept")
		t.unkept = true
		return nil, nil
	}
	outcomes.Inc("replayed")
	return answer, nil
}

func (a *Answers) fromMemory(n name) ([]byte, error) {
	sealed, digest := a.held.find(n.key, a.now())
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
	// A claim whose command was cut off midway would keep others waiting.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
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
