// Package keys keeps the key pairs that sign access tokens: rows of the table
// signing_key, whose private halves are sealed by the keyring.
//
// A key is standby first: published, so that whoever verifies tokens learns of it, and
// not signing. When it is due it becomes active, and the one before it previous, which
// has its tokens verified until the last of them has expired. A revoked key has no
// token verified from then on. Each algorithm has its own line of keys. Only a node that
// is configured for an algorithm makes keys of it; every node verifies those of all.
//
// The database decides: what many nodes try at once, one does. Its clock is the one by
// which keys are due. Signing and verifying ask no store.
package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/token"
	"user-api/model"
)

const (
	// readEvery is how often the table is read without news of it.
	readEvery = 5 * time.Second
	// readTime bounds one reading.
	readTime = 2 * time.Second
	// learnEvery is how often the table is read at most for keys that are not known.
	learnEvery = 100 * time.Millisecond
	// forgetAfter is for how long a previous key stays in the table as history.
	forgetAfter = 400 * 24 * time.Hour
	quiet       = 60_000 // ms between two lines of the log about the same
)

// Errors behind apperr.Unavailable.
var (
	errNoKey   = errors.New("keys: there is no key to sign with")
	errNotRead = errors.New("keys: this node cannot tell which keys there are")
)

type (
	// Revoked is what a node knows of revoked keys, whatever the stores are like.
	Revoked interface {
		// KeyRevoked reports whether a key is revoked; current is false when it cannot be
		// told.
		KeyRevoked(id string) (revoked, current bool)
	}

	// Options configure Keys.
	Options struct {
		Table   model.SigningKeyModel
		Ring    *keyring.Ring
		Revoked Revoked
		Events  event.Sink
		// Alg is the algorithm that this node makes keys of; of token.HS256 there are none.
		Alg string
		// Life is for how long a key signs, Lead for how long it is published before, and
		// Access the life of a token.
		Life, Lead, Access time.Duration
		Rand               io.Reader
	}

	// Keys are the keys as a node knows them. It is safe for concurrent use.
	Keys struct {
		Options
		// mark tells the keys that are sealed under this pepper from others in a slot.
		mark   string
		known  atomic.Pointer[known]
		read   sync.Mutex // one reading at a time, so that none undoes a later one
		wake   chan struct{}
		learn  learning
		sealed atomic.Bool // every key is under the current pepper
		log    *logx.LessLogger
	}

	// known is what was read last.
	known struct {
		rows []row
		// good are the keys whose tokens are accepted.
		good   map[string]*token.Key
		signer *token.Key // nil if none
	}
)

// New returns Keys that know nothing yet, see Run.
func New(o Options) (*Keys, error) {
	mac, err := o.Ring.MAC("mark of signing keys")
	if err != nil {
		return nil, err
	}
	return &Keys{
		Options: o, mark: fmt.Sprintf("%x", mac.Sum()[:8]), wake: make(chan struct{}, 1),
		learn: newLearning(), log: logx.NewLessLogger(quiet),
	}, nil
}

// Run keeps what is known up to date, and keeps to the schedule, until ctx ends.
func (k *Keys) Run(ctx context.Context) {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for {
		if err := k.Pass(ctx); err != nil && ctx.Err() == nil {
			k.log.Errorf("keys: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-k.wake:
		}
	}
}

// Changed has the table read soon: another node has written it.
func (k *Keys) Changed() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Signing implements token.Keys. Fails with apperr.Unavailable.
func (k *Keys) Signing() (*token.Key, error) {
	known := k.known.Load()
	if known == nil || known.signer == nil {
		return nil, apperr.Down(errNoKey)
	}
	if revoked, _ := k.Revoked.KeyRevoked(known.signer.ID); revoked {
		k.Changed()
		return nil, apperr.Down(errNoKey)
	}
	return known.signer, nil
}

// Verifying implements token.Keys. It fails with token.ErrInvalid, and with
// apperr.Unavailable where it cannot be told. A key that is not known is looked for in
// the table once: another node may just have made it.
func (k *Keys) Verifying(id string) (*token.Key, error) {
	revoked, current := k.Revoked.KeyRevoked(id)
	if revoked {
		return nil, fmt.Errorf("%w: the key is revoked", token.ErrInvalid)
	}
	if !current {
		return nil, apperr.Down(errNotRead)
	}
	if known := k.known.Load(); known != nil && known.good[id] != nil {
		return known.good[id], nil
	}
	if !mayBeID(id) {
		return nil, fmt.Errorf("%w: no key has such an id", token.ErrInvalid)
	}
	if err := k.learn.once(k.Read); err != nil {
		return nil, apperr.Down(err)
	}
	if key := k.known.Load().good[id]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%w: unknown key", token.ErrInvalid)
}

// Published are the public keys for others: all whose tokens are accepted, oldest first.
// Fails with apperr.Unavailable before they could be read.
func (k *Keys) Published() ([]token.JWK, error) {
	known := k.known.Load()
	if known == nil {
		return nil, apperr.Down(errNotRead)
	}
	all := []token.JWK{}
	for _, row := range known.rows {
		if key := known.good[row.Id]; key != nil {
			if revoked, _ := k.Revoked.KeyRevoked(key.ID); !revoked {
				all = append(all, key.JWK())
			}
		}
	}
	return all, nil
}

// mayBeID reports whether an id is spelled as a thumbprint.
func mayBeID(id string) bool {
	if len(id) != 43 {
		return false
	}
	for _, c := range []byte(id) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
