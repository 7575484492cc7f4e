// Package password is everything about passwords that needs no database: which
// are acceptable (Check), how they are stored (Hash) and how one is compared
// with what is stored (Verify).
//
// New hashes are argon2id (RFC 9106) in PHC form, for example
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>
//
// Hashes of other parameters and of other systems verify as well, so that accounts can
// be imported: Adopt makes of them what is stored, Verify tells when one should be
// replaced, and SetForeign keeps imported accounts from being told apart by time.
//
// A hash takes a core for tens of milliseconds and 19 MiB by design, which would
// make every sign-in a lever for an attacker. So all of that work passes a gate:
// a few hashes at once, a bounded queue that networks share, a bounded wait, and
// apperr.Unavailable for whoever is beyond these.
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
	// DefaultQueue is how many callers wait per hash that may run: what a core
	// works off within DefaultWait.
	DefaultQueue = 64
	// DefaultWait leaves a request of 5 s the time for the rest of its work.
	DefaultWait = 3 * time.Second
)

// DefaultParams are OWASP's minimum for argon2id.
var DefaultParams = Params{Memory: 19 * 1024, Time: 2, Parallelism: 1, SaltLen: 16, KeyLen: 32}

type (
	// Options says how a Hasher works. A zero field takes its default.
	Options struct {
		// Concurrency is how many hashes run at once, by default one per core the
		// process may use (GOMAXPROCS, which knows a container's limit).
		Concurrency int
		// Queue is how many callers may wait, by default DefaultQueue for each
		// hash that may run.
		Queue int
		// Wait is the longest a caller waits for its turn.
		Wait time.Duration
		// Rand is where salts come from. It has no default and must be safe for
		// concurrent use, as crypto/rand.Reader is.
		Rand io.Reader
		// Params are the parameters of new hashes, by default DefaultParams.
		Params Params
		// First is called once, before the first hash; it may be nil.
		First func()
	}

	// Params are the parameters of one argon2id hash.
	Params struct {
		Memory      uint32 // KiB
		Time        uint32 // passes over the memory
		Parallelism uint8  // lanes, each a core while the hash is computed
		SaltLen     uint32 // bytes
		KeyLen      uint32 // bytes
	}

	// Payer is who a hash is computed for.
	Payer struct {
		// Network is what shares places in the queue: callers of one network wait for
		// each other, and hold no more than a share of it.
		Network string
		// Still is asked when a caller who had to wait gets a turn: its error, with
		// which the call fails, gives the turn to the next. It may be nil.
		Still func() error
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
		// computed counts hashes, those of a payer too.
		computed *atomic.Int64
	}
)

// New makes a Hasher. It refuses parameters that Verify would refuse in a stored
// hash.
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

// For returns the Hasher for calls on behalf of p: the same gate, in p's place.
func (h *Hasher) For(p Payer) *Hasher {
	of := *h
	of.payer = p
	return &of
}

// Computed returns how many hashes this Hasher has computed.
func (h *Hasher) Computed() int { return int(h.computed.Load()) }

func (h *Hasher) count(purpose string) {
	h.computed.Add(1)
	hashes.Inc(purpose)
}

// Normalize brings password to Unicode NFC, so that one password typed on two
// systems is one password. Nothing else is changed: no case, no white space, and
// bytes that are not UTF-8 stay.
func Normalize(password string) string { return norm.NFC.String(password) }

// Hash returns the PHC string to be stored for password, at most 255 bytes. The
// error is apperr.Unavailable when the gate has no place.
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

// Verify reports whether password is the one that hash was made of and, if so,
// whether it should be hashed anew: hash is of another kind than new hashes are, or
// weaker. Whatever hash is, it takes the same time; see SetForeign. The error is
// apperr.Unavailable when the gate has no place, and ErrStored for a hash that cannot
// be verified.
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

// VerifyNone does for an account that does not exist, or has no password, what
// Verify does for one with a hash of the current parameters, so that the time of
// the answer does not tell them apart. A hash of other parameters takes its own time
// until the sign-in that replaces it, unless SetForeign was told of it.
func (h *Hasher) VerifyNone(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.decoy, password)
	return err
}

// newDecoy makes a hash that no password is known to have: its key is random.
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
