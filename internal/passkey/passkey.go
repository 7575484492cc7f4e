// Package passkey keeps the passkeys of users (WebAuthn): it says what a browser or an
// app is to ask its authenticator for, and judges what comes back.
//
// A passkey is always one that the authenticator finds by itself (a discoverable
// credential) and unlocks for its user alone (user verification), so that it admits
// without a name and without a second factor. Nothing is stored between the two steps of
// a ceremony: a challenge is its own record, sealed, see challenge.go. That a signature
// admits once, the sessions see to, whose rows have the digest of the challenge.
//
// The signature is verified by go-webauthn. Which maker's device it is, no statement is
// asked of: the kind that is told is what the authenticator says of itself.
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

// Most is how many passkeys a user can have.
const Most = 20

// androidOrigin begins the origin of an Android app, which is no address.
const androidOrigin = "android:"

var (
	// ErrUnknown is of a credential that nobody has registered, or not any longer.
	ErrUnknown = errors.New("passkey: nobody has it")
	// ErrCloned is of an authenticator whose counter has not gone up: there is a copy of it.
	ErrCloned = errors.New("passkey: the authenticator was copied")
	// ErrInvalid is of an answer that does not hold.
	ErrInvalid = errors.New("passkey: the answer of the authenticator does not hold")
)

type (
	// Users is where passkeys are added.
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
		// RPID is the domain that passkeys are for, RPName what a browser shows for it.
		RPID, RPName string
		// Origins are the pages and apps that may ask for one.
		Origins []string
		// Related are the origins of other domains that may as well. They are told at
		// /.well-known/webauthn.
		Related []string
	}

	// Held is what is kept, whether one signs in by it at present or not.
	Held struct{ Table model.PasskeyModel }

	// Passkeys registers passkeys and verifies what they sign. It is safe for concurrent
	// use.
	Passkeys struct {
		Options

		party *webauthn.WebAuthn
		// nobody is the public key of what nobody has: verifying with it costs what it
		// costs with any other.
		nobody []byte
	}

	// Info describes a passkey to its owner.
	Info struct {
		ID, Name, Authenticator, Aaguid string
		Created, Used                   time.Time // Used is zero before the first use
		// Synced says that it may be on several devices of the user, BackedUp that it is.
		Synced, BackedUp bool
		// Cloned says that a copy is suspected, and that it admits nobody.
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
		// Nothing of what an extension gives is used, and there are clients that give more
		// than was asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), o.Rand)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	nobody, err := cose(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return &Passkeys{Options: o, party: party, nobody: nobody}, nil
}

// Has reports whether the user has a passkey that admits.
func (p *Passkeys) Has(ctx context.Context, userID int64) (bool, error) {
	return apperr.ResultOrDown(p.Table.Live(ctx, userID))
}

// OfUser are the rows of a user, oldest first.
func (h Held) OfUser(ctx context.Context, userID int64) ([]*model.Passkey, error) {
	return apperr.ResultOrDown(h.Table.OfUser(ctx, userID))
}

// List describes the passkeys of a user, oldest first.
func (p *Passkeys) List(ctx context.Context, userID int64) ([]Info, error) {
	rows, err := Held{p.Table}.OfUser(ctx, userID)
	if err != nil {
		return nil, err
	}
	list := make([]Info, 0, len(rows))
	for _, row := range rows {
		list = append(list, infoOf(row))
	}
	return list, nil
}

// Rename gives a passkey of a user another name. Fails with apperr.NotFound for any other
// passkey.
func (p *Passkeys) Rename(ctx context.Context, userID int64, id, name string) (Info, error) {
	there, err := p.Table.Rename(ctx, userID, id, name)
	if err != nil {
		return Info{}, apperr.Down(err)
	}
	list, err := p.List(ctx, userID)
	if err != nil {
		return Info{}, err
	}
	for _, info := range list {
		if there && info.ID == id {
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

// cose is a P-256 key as an authenticator gives it (RFC 9053 section 7.1.1).
func cose(key *ecdsa.PublicKey) ([]byte, error) {
	point, err := key.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	text := []byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}
	text = append(append(text, point[1:33]...), 0x22, 0x58, 32)
	return append(text, point[33:]...), nil
}
