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

	// afterFetch is the minimum time between two fetches for unknown keys, so that forged
	// tokens cost the issuer next to nothing. It is short, because the replacement of a
	// revoked key signs as soon as it is published.
	afterFetch   = time.Second
	fetchTimeout = 3 * time.Second

	minFresh, maxFresh = 30 * time.Second, time.Hour
	// maxStale is how long keys are trusted if they cannot be refreshed: no token signed
	// before lives longer.
	maxStale = maxLife
)

type (
	// keyring holds the issuer's keys and refreshes them.
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
		jwks     string    // URL of the keys, once discovered
		tried    time.Time // end of the last fetch
		failed   error     // of the last fetch
		inFlight *fetch
	}

	// keySet is immutable.
	keySet struct {
		byKid, byHead map[string]*publicKey
		fetched       time.Time
		fresh         time.Duration
	}

	// fetch is a fetch in progress.
	fetch struct {
		done  chan struct{}
		again bool // something has changed since it began
		err   error
	}
)

func newKeyring(ctx context.Context, c *caller, issuer string, now func() time.Time, logger *slog.Logger) *keyring {
	k := &keyring{ctx: ctx, caller: c, issuer: issuer, now: now, logger: logger}
	k.set.Store(&keySet{})
	return k
}

// close prevents further fetches and waits for the one in progress.
func (k *keyring) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.running.Wait()
}

// byHead returns the key of a token whose header is exactly as the issuer writes it, or nil if
// the header must be parsed.
func (k *keyring) byHead(head string) *publicKey {
	set := k.set.Load()
	if key := set.byHead[head]; key != nil && k.trusted(set) {
		return key
	}
	return nil
}

// current reports whether a key is still published.
func (k *keyring) current(key *publicKey) bool {
	set := k.set.Load()
	return set.byKid[key.kid] == key && k.trusted(set)
}

// trusted reports whether the keys are recent enough. It refreshes them in the background if
// they are no longer fresh.
func (k *keyring) trusted(set *keySet) bool {
	age := k.now().Sub(set.fetched)
	if age > set.fresh {
		k.refresh(false)
	}
	return age <= maxStale
}

// find returns the key of a kid, or nil if the issuer has none. It fails if that is not known.
func (k *keyring) find(ctx context.Context, kid string) (*publicKey, error) {
	set := k.set.Load()
	if key := set.byKid[kid]; key != nil && k.trusted(set) {
		return key, nil
	}
	if err := k.wait(ctx, k.refresh(false)); err != nil {
		return nil, unavailable("the keys cannot be fetched: " + err.Error())
	}
	return k.set.Load().byKid[kid], nil
}

// load fetches the keys unless they are already known.
func (k *keyring) load(ctx context.Context) error {
	if set := k.set.Load(); len(set.byKid) > 0 && k.trusted(set) {
		return nil
	}
	if err := k.wait(ctx, k.refresh(false)); err != nil {
		return unavailable("the keys cannot be fetched: " + err.Error())
	}
	if len(k.set.Load().byKid) == 0 {
		return unavailable("the issuer publishes no supported keys")
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

// refresh returns the fetch in progress or starts one, unless the last one ended only a moment
// ago. changed says that something is known to have changed; then it always starts one.
func (k *keyring) refresh(changed bool) *fetch {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.inFlight; f != nil {
		f.again = f.again || changed
		return f
	}
	f := &fetch{done: make(chan struct{})}
	if since := k.now().Sub(k.tried); !changed && !k.tried.IsZero() && since >= 0 && since < afterFetch || k.closed {
		f.err = errors.Join(k.failed, k.ctx.Err())
		close(f.done)
		return f
	}
	k.inFlight = f
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
			k.log(err)
		}
		f.err, k.failed, k.tried, k.inFlight = err, err, k.now(), nil
		close(f.done)
		k.mu.Unlock()
		return
	}
}

func (k *keyring) log(err error) {
	if err == nil {
		k.logger.Info("authz: the issuer's keys can be fetched again", "issuer", k.issuer)
	} else if k.ctx.Err() == nil {
		k.logger.Warn("authz: the issuer's keys cannot be fetched", "issuer", k.issuer, "err", err)
	}
}

// fetch reads the key set and replaces the previous one.
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
		k.logger.Debug("authz: a key is ignored", "issuer", k.issuer, "err", why)
	}
	fresh, ok := a.maxAge()
	if !ok {
		fresh = 5 * time.Minute
	}
	k.store(keys, begun, min(max(fresh, minFresh), maxFresh))
	return nil
}

// store replaces the key set. Known keys keep their pointers.
func (k *keyring) store(keys []*publicKey, fetched time.Time, fresh time.Duration) {
	before := k.set.Load()
	if len(keys) == 0 && (before.byKid == nil || len(before.byKid) > 0) {
		k.logger.Warn("authz: the issuer publishes no supported keys: is its Auth.Signing ES256 or EdDSA?", "issuer", k.issuer)
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
