// Package password contains everything about passwords that needs no database: which are acceptable
// (Check), how they are stored (Hash) and how they are compared with a stored hash (Verify).
//
// New hashes are argon2id (RFC 9106) in PHC form, for example
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
//
// Hashes with other parameters and of other systems verify as well, so that accounts can be
// imported: Adopt converts them to their stored form, Verify reports when a hash should be
// replaced, and SetForeign makes imported accounts indistinguishable by time.
//
// A hash takes a core for tens of milliseconds and 19 MiB by design, which would make every sign-in
// a lever for an attacker. So all of that work passes a gate: a few hashes at a time, a bounded
// queue shared fairly between networks, a bounded wait, and apperr.Unavailable beyond these.
package password

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Defaults of Options.
const (
	// DefaultQueue is the queue length per concurrent hash: what a core computes within
	// DefaultWait.
	DefaultQueue = 64
	// DefaultWait leaves a request of 5 s enough time for the rest of its work.
	DefaultWait = 3 * time.Second
)

// DefaultParams is OWASP's minimum for argon2id.
var DefaultParams = Params{Memory: 19 * 1024, Time: 2, Parallelism: 1, SaltLen: 16, KeyLen: 32}

type (
	// Options configures a Hasher. Zero fields have defaults.
	Options struct {
		// Concurrency is how many hashes run concurrently, by default GOMAXPROCS, which respects a
		// container's limit.
		Concurrency int
		// Queue is how many callers may wait, by default DefaultQueue per concurrent hash.
		Queue int
		// Wait is the maximum time in the queue.
		Wait time.Duration
		// Rand is the source of salts. It is required and must be safe for concurrent use, like
		// crypto/rand.Reader.
		Rand io.Reader
		// Params are the parameters of new hashes, by default DefaultParams.
		Params Params
		// First is called once before the first hash; it may be nil.
		First func()
	}

	// Params are the parameters of an argon2id hash.
	Params struct {
		Memory      uint32 // KiB
		Time        uint32 // passes over the memory
		Parallelism uint8  // lanes, each using a core
		SaltLen     uint32 // bytes
		KeyLen      uint32 // bytes
	}

	// Payer is the client for whom a hash is computed.
	Payer struct {
		// Network shares places in the queue: its callers wait for each other and hold only a share
		// of the queue.
		Network string
		// Recheck is called when a queued caller gets its turn. An error fails the call and passes
		// the turn on. It may be nil.
		Recheck func() error
	}

	// Hasher hashes and verifies passwords. It is safe for concurrent use.
	Hasher struct {
		gate   *gate
		payer  Payer
		rand   io.Reader
		params Params
		decoy  string
		first  func()
		floor  *atomic.Pointer[floor]
		// computed counts hashes, including those of derived Hashers.
		computed *atomic.Int64
	}
)

// New returns a Hasher. It rejects parameters that Verify would reject in a stored hash.
func New(o Options) (*Hasher, error) {
	if o.Rand == nil {
		return nil, errors.New("password: a source of randomness is required")
	}
	if o.Concurrency < 0 || o.Queue < 0 || o.Wait < 0 {
		return nil, fmt.Errorf("password: negative concurrency (%d), queue (%d) or wait (%s)", o.Concurrency, o.Queue, o.Wait)
	}
	if o.First == nil {
		o.First = func() {}
	}
	setDefault(&o.Concurrency, runtime.GOMAXPROCS(0))
	setDefault(&o.Queue, DefaultQueue*o.Concurrency)
	setDefault(&o.Wait, DefaultWait)
	setDefault(&o.Params.Memory, DefaultParams.Memory)
	setDefault(&o.Params.Time, DefaultParams.Time)
	setDefault(&o.Params.Parallelism, DefaultParams.Parallelism)
	setDefault(&o.Params.SaltLen, DefaultParams.SaltLen)
	setDefault(&o.Params.KeyLen, DefaultParams.KeyLen)
	if err := o.Params.check(); err != nil {
		return nil, fmt.Errorf("password: parameters of new hashes: %w", err)
	}
	decoy, err := newDecoy(o.Params, o.Rand)
	if err != nil {
		return nil, err
	}
	h := &Hasher{
		gate:   newGate(o.Concurrency, o.Queue, o.Wait),
		rand:   o.Rand,
		params: o.Params,
		decoy:  decoy,
		first:  sync.OnceFunc(o.First),
		floor:  new(atomic.Pointer[floor]),

		computed: new(atomic.Int64),
	}
	return h, h.SetForeign(nil)
}

// For returns a Hasher with the same gate for calls on behalf of p.
func (h *Hasher) For(p Payer) *Hasher {
	derived := *h
	derived.payer = p
	return &derived
}

// Computed returns the number of hashes computed.
func (h *Hasher) Computed() int { return int(h.computed.Load()) }

func (h *Hasher) count(purpose string) {
	h.computed.Add(1)
	hashes.Inc(purpose)
}

// Normalize converts password to Unicode NFC, so that a password typed on different systems is the
// same. It changes nothing else: neither case nor white space nor bytes that are not UTF-8.
func Normalize(password string) string { return norm.NFC.String(password) }

// Hash returns the PHC string to store for password, at most 255 bytes. It fails with
// apperr.Unavailable if the gate is full.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	leave, err := h.gate.enter(ctx, h.payer, h.weightOf(h.own().family))
	if err != nil {
		return "", err
	}
	defer leave()
	s := stored{Params: h.params, variant: argon2id, salt: make([]byte, h.params.SaltLen)}
	if _, err := io.ReadFull(h.rand, s.salt); err != nil {
		return "", fmt.Errorf("password: salt: %w", err)
	}
	h.first()
	h.count("set")
	s.key = s.derive(password)
	return s.String(), nil
}

// Verify reports whether password matches hash and, if so, whether it should be rehashed because
// hash is of another kind than new hashes, or weaker. It takes the same time for every hash; see
// SetForeign. It fails with apperr.Unavailable if the gate is full, and with ErrStored for a hash
// that cannot be verified.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error) {
	f, err := read(hash)
	if err != nil {
		return false, false, err
	}
	floor, effort := h.floor.Load(), f.effort()
	leave, err := h.gate.enter(ctx, h.payer, h.weight(floor, effort))
	if err != nil {
		return false, false, err
	}
	defer leave()
	h.first()
	h.count("verify")
	for _, s := range floor.steps(f) {
		if s.matches(password) && s.real {
			ok = true
		}
	}
	_, imported := floor.costs[effort.family]
	return ok, ok && (f.outdated(h.params) || imported && effort.family != floor.own), nil
}

// VerifyNone does the work of Verify for an account that does not exist or has no password, so that
// the time of the answer does not distinguish them. A hash with other parameters takes its own time
// until the next sign-in replaces it, unless SetForeign was given its effort.
func (h *Hasher) VerifyNone(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.decoy, password)
	return err
}

// newDecoy returns a hash with a random key, which matches no known password.
func newDecoy(p Params, rand io.Reader) (string, error) {
	s := stored{Params: p, variant: argon2id, salt: make([]byte, p.SaltLen), key: make([]byte, p.KeyLen)}
	for _, b := range [][]byte{s.salt, s.key} {
		if _, err := io.ReadFull(rand, b); err != nil {
			return "", fmt.Errorf("password: decoy: %w", err)
		}
	}
	return s.String(), nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
