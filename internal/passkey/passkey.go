// Package passkey manages the passkeys of users (WebAuthn): it returns the options for the browser
// or app and verifies the authenticator's answers.
//
// Passkeys are always discoverable and require user verification, so they sign in without a
// username and without a second factor. Nothing is stored between the two steps of a ceremony: a
// challenge is a sealed record, see challenge.go. That a signature signs in only once is ensured by
// the session rows, which contain the digest of the challenge.
//
// Signatures are verified by go-webauthn. Attestation is not requested; the authenticator's kind is
// its own claim.
package passkey

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/model"
)

// Most is the maximum number of passkeys of a user.
const Most = 20

// androidOrigin prefixes the origin of an Android app, which is not a URL.
const androidOrigin = "android:"

var (
	// ErrUnknown reports a credential that is not registered, or no longer.
	ErrUnknown = errors.New("passkey: unknown credential")
	// ErrCloned reports an authenticator whose counter did not increase, so it must have been
	// cloned.
	ErrCloned = errors.New("passkey: the authenticator was cloned")
	// ErrInvalid reports an invalid answer.
	ErrInvalid = errors.New("passkey: invalid answer")
)

type (
	// Users adds passkeys to users.
	Users interface {
		AddPasskey(ctx context.Context, p *model.Passkey, epoch int64, most int) error
	}

	// Options configure Passkeys.
	Options struct {
		Table model.PasskeyModel
		Users Users
		Ring  *keyring.Ring
		Now   func() time.Time
		Rand  io.Reader
		// RPID is the domain of the passkeys, RPName the name that browsers show.
		RPID, RPName string
		// Origins lists the pages and apps that may use passkeys.
		Origins []string
		// Related lists origins of other domains that may, too. They are published at
		// /.well-known/webauthn.
		Related []string
	}

	// Passkeys registers passkeys and verifies their signatures. It is safe for concurrent use.
	Passkeys struct {
		Options

		party *webauthn.WebAuthn
		// dummyKey is the public key used for unknown credentials, so that verification takes the
		// same time.
		dummyKey []byte
	}

	// Info describes a passkey to its owner.
	Info struct {
		ID, Name, Authenticator, Aaguid string
		Created, Used                   time.Time // Used is zero before the first use
		// Synced means that the passkey may be copied between the user's devices, BackedUp that it
		// has been.
		Synced, BackedUp bool
		// Cloned means that a clone was detected and the passkey no longer signs in.
		Cloned bool
	}
)

// New returns Passkeys.
func New(o Options) (*Passkeys, error) {
	var pages, apps []string
	for _, origin := range append(append([]string{}, o.Origins...), o.Related...) {
		if strings.HasPrefix(origin, androidOrigin) {
			apps = append(apps, origin)
		} else {
			pages = append(pages, origin)
		}
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID: o.RPID, RPDisplayName: o.RPName, RPOrigins: pages, RPOpaqueOrigins: apps,
		AttestationPreference: protocol.PreferNoAttestation,
		// No extension output is used, and some clients send unrequested output.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), o.Rand)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	dummy, err := cose(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return &Passkeys{Options: o, party: party, dummyKey: dummy}, nil
}

// Has reports whether the user has a passkey that can sign in.
func (p *Passkeys) Has(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(p.Table.Live(ctx, userID))
}

// List returns the passkeys of a user, oldest first.
func (p *Passkeys) List(ctx context.Context, userID int64) ([]Info, error) {
	rows, err := p.Table.OfUser(ctx, userID)
	if err != nil {
		return nil, apperr.Down(err)
	}
	list := make([]Info, 0, len(rows))
	for _, row := range rows {
		list = append(list, infoOf(row))
	}
	return list, nil
}

// Rename renames a passkey of a user. It fails with apperr.NotFound for any other.
func (p *Passkeys) Rename(ctx context.Context, userID int64, id, name string) (Info, error) {
	exists, err := p.Table.Rename(ctx, userID, id, name)
	if err != nil {
		return Info{}, apperr.Down(err)
	}
	list, err := p.List(ctx, userID)
	if err != nil {
		return Info{}, err
	}
	for _, info := range list {
		if exists && info.ID == id {
			return info, nil
		}
	}
	return Info{}, apperr.New(apperr.NotFound)
}

func infoOf(row *model.Passkey) Info {
	info := Info{
		ID: row.Id, Name: row.Name, Authenticator: Authenticator(row.Aaguid), Aaguid: row.Aaguid,
		Created: time.UnixMilli(row.Created), Synced: row.Eligible != 0, BackedUp: row.BackedUp != 0, Cloned: row.Cloned != 0,
	}
	if row.Used != 0 {
		info.Used = time.UnixMilli(row.Used)
	}
	return info
}

// cose returns the COSE encoding of a P-256 key (RFC 9053 section 7.1.1).
func cose(key *ecdsa.PublicKey) ([]byte, error) {
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	text := []byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}
	text = append(append(text, point[1:33]...), 0x22, 0x58, 32)
	return append(text, point[33:]...), nil
}
