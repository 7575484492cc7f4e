// Package keys manages the key pairs that sign access tokens: rows of the table
// signing_key, whose private halves are sealed by the keyring.
//
// A key starts as standby: it is published, so that verifiers learn of it, but does not
// sign. When it is due it becomes active and its predecessor becomes previous; tokens of a
// previous key are accepted until the last of them has expired. Tokens of a revoked key are
// rejected immediately. Each algorithm has its own sequence of keys. Only nodes configured
// for an algorithm create keys for it; every node verifies tokens of all algorithms.
//
// The database arbitrates: when several nodes try to make the same change, one succeeds.
// Its clock decides when keys are due. Signing and verifying do not query a store.
package keys

import (
	"context"
	"crypto/sha256"
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
	"user-api/internal/periodic"
	"user-api/internal/token"
	"user-api/model"
)

const (
	// readEvery is how often the table is read if nothing announces a change.
	readEvery = 5 * time.Second
	// readTime bounds one read.
	readTime = 2 * time.Second
	// lookupPause is the minimum time between two reads for unknown keys.
	lookupPause = 100 * time.Millisecond
	// retention is how long a previous key stays in the table as history.
	retention = 400 * 24 * time.Hour
	quiet     = 60_000 // ms between two identical log lines
)

// Errors behind apperr.Unavailable.
var (
	errNoKey   = errors.New("keys: there is no key to sign with")
	errNotRead = errors.New("keys: this node does not know which keys exist")
)

type (
	// Revoked reports revoked keys, independently of the state of the stores.
	Revoked interface {
		// KeyRevoked reports whether a key is revoked; current is false if the answer may
		// be out of date.
		KeyRevoked(id string) (revoked, current bool)
	}

	// Options configure Keys.
	Options struct {
		Table   model.SigningKeyModel
		Ring    *keyring.Ring
		Revoked Revoked
		Events  event.Sink
		// Alg is the algorithm that this node creates keys for; there are none for token.HS256.
		Alg string
		// Life is how long a key signs, Lead how long it is published before that, and
		// Access the lifetime of a token.
		Life, Lead, Access time.Duration
		Rand               io.Reader
	}

	// Keys holds the keys known to a node. It is safe for concurrent use.
	Keys struct {
		Options
		// mark identifies the current pepper in the slots of keys.
		mark   string
		known  atomic.Pointer[known]
		read   sync.Mutex // serializes reads, so that no read overwrites a later one
		wake   chan struct{}
		lookup lookup
		sealed atomic.Bool // every key is sealed under the current pepper
		log    *logx.LessLogger
	}

	// known is the result of the last read.
	known struct {
		rows []row
		// accepted are the keys whose tokens are accepted.
		accepted map[string]*token.Key
		signer   *token.Key // nil if there is none
	}
)

// New returns Keys that are empty until Run or Read reads the table.
func New(o Options) (*Keys, error) {
	mac, err := o.Ring.MAC("mark of signing keys")
	if err != nil {
		return nil, err
	}
	return &Keys{
		Options: o, mark: fmt.Sprintf("%x", mac.Sum()[:8]), wake: make(chan struct{}, 1),
		log: logx.NewLessLogger(quiet),
	}, nil
}

// Run refreshes the keys and follows the rotation schedule until ctx ends.
func (k *Keys) Run(ctx context.Context) {
	periodic.Run(ctx, readEvery, k.wake, func() {
		if err := k.Pass(ctx); err != nil && ctx.Err() == nil {
			k.log.Errorf("keys: %v", err)
		}
	})
}

// Changed triggers a read of the table, because another node has written it.
func (k *Keys) Changed() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Signing implements token.Keys. It fails with apperr.Unavailable if there is no key.
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

// Verifying implements token.Keys. It fails with token.ErrInvalid if the key is not
// accepted and with apperr.Unavailable if that is not known. It looks up an unknown key in
// the table, because another node may just have created it.
func (k *Keys) Verifying(id string) (*token.Key, error) {
	revoked, current := k.Revoked.KeyRevoked(id)
	if revoked {
		return nil, fmt.Errorf("%w: the key is revoked", token.ErrInvalid)
	}
	if !current {
		return nil, apperr.Down(errNotRead)
	}
	if known := k.known.Load(); known != nil && known.accepted[id] != nil {
		return known.accepted[id], nil
	}
	if !mayBeID(id) {
		return nil, fmt.Errorf("%w: malformed key id", token.ErrInvalid)
	}
	if err := k.lookup.do(k.Read); err != nil {
		return nil, apperr.Down(err)
	}
	if key := k.known.Load().accepted[id]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%w: unknown key", token.ErrInvalid)
}

// Published returns the public keys whose tokens are accepted, oldest first. It fails with
// apperr.Unavailable until the table has been read.
func (k *Keys) Published() ([]token.JWK, error) {
	known := k.known.Load()
	if known == nil {
		return nil, apperr.Down(errNotRead)
	}
	all := []token.JWK{}
	for _, row := range known.rows {
		if key := known.accepted[row.Id]; key != nil {
			if revoked, _ := k.Revoked.KeyRevoked(key.ID); !revoked {
				all = append(all, key.JWK())
			}
		}
	}
	return all, nil
}

// mayBeID reports whether an id has the form of a thumbprint: SHA-256 in base64url.
func mayBeID(id string) bool {
	sum, err := encoding.DecodeString(id)
	return err == nil && len(sum) == sha256.Size && len(id) == encoding.EncodedLen(sha256.Size)
}
