package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

// Authentication methods of a passkey (RFC 8176): a key on one device or several, and user
// verification.
const (
	amrOneDevice = "hwk"
	amrSynced    = "swk"
	amrUser      = "user"
)

type (
	// Answer is a parsed answer of an authenticator. Nothing of it is verified.
	Answer struct {
		// Hash is the hash of the credential id; all unreadable answers share one.
		Hash string

		parsed *protocol.ParsedCredentialAssertionData
	}

	// Signed is a verified signature. It is valid once Count succeeds.
	Signed struct {
		UserID int64
		// Challenge is the signed challenge.
		Challenge string
		// Methods are the authentication methods, see RFC 8176.
		Methods []string

		row   *model.Passkey
		use   model.Signature
		about challenge
	}
)

// Digest returns the digest with which the signature opens only one session.
func (s Signed) Digest() string { return s.use.Challenge }

// Request returns the options to sign in with any passkey. They are the same for everybody.
func (p *Passkeys) Request() (*protocol.PublicKeyCredentialRequestOptions, error) {
	sealed, err := p.seal(toSignIn, challenge{})
	return p.request(sealed, nil), err
}

// RequestSecond returns the options to complete a first proof with digest first.
func (p *Passkeys) RequestSecond(ctx context.Context, userID int64, first string) (*protocol.PublicKeyCredentialRequestOptions, error) {
	rows, err := p.Table.OfUser(ctx, userID)
	if err != nil {
		return nil, apperr.Down(err)
	}
	have, err := descriptors(rows)
	if err != nil {
		return nil, fmt.Errorf("passkey: stored row: %w", err)
	}
	sealed, err := p.seal(toSecond, challenge{User: userID, For: first})
	return p.request(sealed, have), err
}

func (p *Passkeys) request(sealed []byte, allow []protocol.CredentialDescriptor) *protocol.PublicKeyCredentialRequestOptions {
	return &protocol.PublicKeyCredentialRequestOptions{
		Challenge: sealed, Timeout: int(Life.Milliseconds()), RelyingPartyID: p.RPID,
		AllowedCredentials: allow, UserVerification: protocol.VerificationRequired,
	}
}

// Read parses an answer. It never fails: Verify refuses unreadable answers after the same work.
func (p *Passkeys) Read(credential json.RawMessage) Answer {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil || len(parsed.RawID) > maxID {
		return Answer{}
	}
	return Answer{Hash: token.Digest(string(parsed.RawID)), parsed: parsed}
}

// Verify verifies a signature for signing in. It fails with apperr.BadCredentials, caused by
// ErrUnknown, ErrInvalid or ErrCloned, after the same work. Signed then contains what is known of
// the signer.
func (p *Passkeys) Verify(ctx context.Context, a Answer) (Signed, error) {
	return p.verify(ctx, toSignIn, a)
}

// Prove verifies and counts a signature as second factor and returns its authentication methods.
// Its challenge must be from RequestSecond for the same user and first proof. It fails like Verify
// and Count.
func (p *Passkeys) Prove(ctx context.Context, userID int64, first string, credential json.RawMessage) ([]string, error) {
	s, err := p.verify(ctx, toSecond, p.Read(credential))
	if err == nil && (s.UserID != userID || s.about.User != userID || s.about.For != first) {
		err = refused(ErrInvalid)
	}
	if err == nil {
		err = p.Count(ctx, s)
	}
	return s.Methods, err
}

// Count records the use of a signature; repeated calls for one signature count once. It fails with
// apperr.BadCredentials: with ErrCloned if the authenticator's counter did not increase, which
// disables the passkey, or with ErrUnknown if the passkey was removed meanwhile. It must be the
// last check.
func (p *Passkeys) Count(ctx context.Context, s Signed) error {
	s.use.At = p.Now().UnixMilli()
	counts, err := p.Table.Sign(ctx, s.use)
	if err != nil {
		return apperr.Down(err)
	}
	if counts {
		return nil
	}
	row, err := p.find(ctx, s.row.Hash)
	switch {
	case err != nil:
		return err
	case row == nil || row.Id != s.row.Id:
		return refused(ErrUnknown)
	}
	fresh, err := p.Table.MarkCloned(ctx, row.Id, s.use.At)
	if err != nil {
		return apperr.Down(err)
	}
	return refused(&ClonedError{UserID: row.UserId, Fresh: fresh})
}

// ClonedError is an ErrCloned. Fresh means that the clone was detected just now.
type ClonedError struct {
	UserID int64
	Fresh  bool
}

// Error returns the text of ErrCloned.
func (*ClonedError) Error() string { return ErrCloned.Error() }

// Is reports whether err is ErrCloned.
func (*ClonedError) Is(err error) bool { return err == ErrCloned }

func (p *Passkeys) verify(ctx context.Context, to purpose, a Answer) (Signed, error) {
	row, err := p.find(ctx, a.Hash)
	if err != nil {
		return Signed{}, err
	}
	s, err := p.check(to, a, row)
	if row == nil {
		if a.parsed != nil {
			err = ErrUnknown
		}
		return Signed{}, refused(err)
	}
	s.UserID, s.row = row.UserId, row
	switch {
	case err != nil:
		return s, refused(errors.Join(ErrInvalid, err))
	case row.Cloned != 0:
		return s, refused(&ClonedError{UserID: row.UserId})
	}
	return s, nil
}

// check verifies a signature with the key of a row, or with the dummy key if row is nil.
func (p *Passkeys) check(to purpose, a Answer, row *model.Passkey) (Signed, error) {
	if a.parsed == nil {
		return Signed{}, ErrInvalid
	}
	text := a.parsed.Response.CollectedClientData.Challenge
	about, ok := p.open(to, text)
	if !ok {
		return Signed{}, ErrInvalid
	}
	owner := holder{handle: a.parsed.Response.UserHandle, credentials: []webauthn.Credential{{ID: a.parsed.RawID, PublicKey: p.dummyKey}}}
	if row != nil {
		var err error
		if owner, err = holderOf(row); err != nil {
			return Signed{}, err
		}
	}
	used, err := p.validate(to, owner, text, a.parsed)
	if err != nil {
		return Signed{}, err
	}
	how := amrOneDevice
	if used.Flags.BackupEligible {
		how = amrSynced
	}
	s := Signed{Challenge: text, Methods: []string{how, amrUser}, about: about}
	if row != nil {
		s.use = model.Signature{
			ID: row.Id, Challenge: token.Digest(text), Counter: int64(a.parsed.Response.AuthenticatorData.Counter), BackedUp: number(used.Flags.BackupState),
		}
	}
	return s, nil
}

// validate verifies a signature. To sign in, the authenticator must return the user handle; as
// second factor it may omit it.
func (p *Passkeys) validate(to purpose, owner holder, text string, answer *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	data := webauthn.SessionData{Challenge: text, RelyingPartyID: p.RPID, UserVerification: protocol.VerificationRequired}
	if to == toSecond {
		data.UserID = owner.handle
		return p.party.ValidateLogin(owner, data, answer)
	}
	return p.party.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return owner, nil }, data, answer)
}

// find returns the passkey with a credential id, or nil if there is none.
func (p *Passkeys) find(ctx context.Context, hash string) (*model.Passkey, error) {
	row, err := p.Table.FindOneByHash(ctx, hash)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, apperr.Down(err)
	}
	return row, nil
}

func refused(cause error) error { return apperr.New(apperr.BadCredentials).Wrap(cause) }
