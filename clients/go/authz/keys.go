package authz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	metadataPath = "/.well-known/oauth-authorization-server"
	jwksPath     = "/.well-known/jwks.json"

	// afterFetch is for how long keys that are not known are not asked for again, so
	// that forged tokens cost the issuer next to nothing. It is short, because a key that
	// takes the place of a revoked one signs as soon as it is published.
	afterFetch   = time.Second
	fetchTimeout = 3 * time.Second

	minFresh, maxFresh = 30 * time.Second, time.Hour
	// maxStale is for how long keys are believed that cannot be fetched again: no token
	// that was signed before lives longer.
	maxStale = maxLife
)

type (
	// keyring holds the issuer's keys and fetches them again when it is time to.
	keyring struct {
		ctx     context.Context // of Auth; ends at Close
		caller  *caller
		issuer  string
		now     func() time.Time
		logger  *slog.Logger
		running sync.WaitGroup
		set     atomic.Pointer[keySet]

		mu       sync.Mutex
		closed   bool
		jwks     string    // where the keys are, once the metadata has told
		tried    time.Time // when the last fetch ended
		failed   error     // of the last fetch
		underWay *fetch
	}

	// keySet is never changed.
	keySet struct {
		byKid, byHead map[string]*publicKey
		fetched       time.Time
		fresh         time.Duration
	}

	// fetch is under way.
	fetch struct {
		done  chan struct{}
		again bool // something changed since it began
		err   error
	}
)

func newKeyring(ctx context.Context, c *caller, issuer string, now func() time.Time, logger *slog.Logger) *keyring {
	k := &keyring{ctx: ctx, caller: c, issuer: issuer, now: now, logger: logger}
	k.set.Store(&keySet{})
	return k
}

// close lets no fetch begin and waits for the one that is under way.
func (k *keyring) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.running.Wait()
}

// byHead returns the key of a token whose header is the very one that the issuer writes,
// or nil when that has to be looked at more closely.
func (k *keyring) byHead(head string) *publicKey {
	set := k.set.Load()
	if key := set.byHead[head]; key != nil && k.believed(set) {
		return key
	}
	return nil
}

// current reports whether a key is still published.
func (k *keyring) current(key *publicKey) bool {
	set := k.set.Load()
	return set.byKid[key.kid] == key && k.believed(set)
}

// believed reports whether the keys are young enough, and has them fetched in the
// background when they might be younger.
func (k *keyring) believed(set *keySet) bool {
	age := k.now().Sub(set.fetched)
	if age > set.fresh {
		k.refresh(false)
	}
	return age <= maxStale
}

// find returns the key of a kid, nil if the issuer has none, and an error when nobody
// can tell.
func (k *keyring) find(ctx context.Context, kid string) (*publicKey, error) {
	set := k.set.Load()
	if key := set.byKid[kid]; key != nil && k.believed(set) {
		return key, nil
	}
	if err := k.wait(ctx, k.refresh(false)); err != nil {
		return nil, unavailable("the keys cannot be fetched: " + err.Error())
	}
	return k.set.Load().byKid[kid], nil
}

// load fetches the keys unless they are there.
func (k *keyring) load(ctx context.Context) error {
	if set := k.set.Load(); len(set.byKid) > 0 && k.believed(set) {
		return nil
	}
	if err := k.wait(ctx, k.refresh(false)); err != nil {
		return unavailable("the keys cannot be fetched: " + err.Error())
	}
	if len(k.set.Load().byKid) == 0 {
		return unavailable("the issuer publishes no keys that are of use here")
	}
	return nil
}

func (k *keyring) wait(ctx context.Context, f *fetch) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refresh returns the fetch that is under way, or begins one, unless the last one was a
// moment ago. When something is known to have changed, nothing keeps it from beginning.
func (k *keyring) refresh(changed bool) *fetch {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.underWay; f != nil {
		f.again = f.again || changed
		return f
	}
	f := &fetch{done: make(chan struct{})}
	if since := k.now().Sub(k.tried); !changed && !k.tried.IsZero() && since >= 0 && since < afterFetch || k.closed {
		f.err = errors.Join(k.failed, k.ctx.Err())
		close(f.done)
		return f
	}
	k.underWay = f
	k.running.Go(func() { k.run(f) })
	return f
}

func (k *keyring) run(f *fetch) {
	for {
		err := k.fetch()
		k.mu.Lock()
		if f.again && k.ctx.Err() == nil {
			f.again = false
			k.mu.Unlock()
			continue
		}
		if (err == nil) != (k.failed == nil) || k.tried.IsZero() && err != nil {
			k.tell(err)
		}
		f.err, k.failed, k.tried, k.underWay = err, err, k.now(), nil
		close(f.done)
		k.mu.Unlock()
		return
	}
}

func (k *keyring) tell(err error) {
	if err == nil {
		k.logger.Info("authz: the issuer's keys are fetched again", "issuer", k.issuer)
	} else if k.ctx.Err() == nil {
		k.logger.Warn("authz: the issuer's keys cannot be fetched", "issuer", k.issuer, "err", err)
	}
}

// fetch reads the key set and puts it in the place of the one before.
func (k *keyring) fetch() error {
	ctx, cancel := context.WithTimeout(k.ctx, fetchTimeout)
	defer cancel()
	begun := k.now()
	where, err := k.discover(ctx)
	if err != nil {
		return err
	}
	var body json.RawMessage
	a, err := k.caller.json(ctx, where, maxDocument, &body, func(r *http.Request) { r.Header.Set("Cache-Control", "no-cache") })
	if err != nil {
		k.setJWKS("") // it may have moved
		return fmt.Errorf("key set: %w", err)
	}
	keys, left, err := parseKeys(body)
	if err != nil {
		return err
	}
	for _, why := range left {
		k.logger.Debug("authz: a key is left out", "issuer", k.issuer, "err", why)
	}
	fresh, ok := a.maxAge()
	if !ok {
		fresh = 5 * time.Minute
	}
	k.store(keys, begun, min(max(fresh, minFresh), maxFresh))
	return nil
}

// store keeps the pointers of keys that were known.
func (k *keyring) store(keys []*publicKey, fetched time.Time, fresh time.Duration) {
	before := k.set.Load()
	if len(keys) == 0 && (before.byKid == nil || len(before.byKid) > 0) {
		k.logger.Warn("authz: the issuer publishes no keys that are of use here: is its Auth.Signing ES256 or EdDSA?", "issuer", k.issuer)
	}
	set := &keySet{byKid: map[string]*publicKey{}, byHead: map[string]*publicKey{}, fetched: fetched, fresh: fresh}
	for _, key := range keys {
		if known := before.byKid[key.kid]; known != nil {
			key = known
		}
		set.byKid[key.kid], set.byHead[key.head] = key, key
	}
	k.set.Store(set)
}
