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

// How a passkey proves its user, by RFC 8176: a key that is on one device, or on several,
// and that the user has unlocked.
const (
	amrOneDevice = "hwk"
	amrSynced    = "swk"
	amrUser      = "user"
)

type (
	// Answer is what an authenticator has signed, as it was read: nothing of it is proven.
	Answer struct {
		// Hash is of the credential id; the same for all that cannot be read.
		Hash string

		parsed *protocol.ParsedCredentialAssertionData
	}

	// Signed is a signature that was verified. It counts once Count says so.
	Signed struct {
		UserID int64
		// Challenge is what was signed.
		Challenge string
		// Methods are how the user is proven, by RFC 8176.
		Methods []string

		row   *model.Passkey
		notes model.Signature
		about challenge
	}
)

// Digest is what opens one session, however often the signature is shown.
func (s Signed) Digest() string { return s.notes.Challenge }

// Request is what a browser is to ask its authenticator for, so that it signs in whoever it
// belongs to: the same for everybody.
func (p *Passkeys) Request() (*protocol.PublicKeyCredentialRequestOptions, error) {
	sealed, err := p.seal(toSignIn, challenge{})
	return p.request(sealed, nil), err
}

// RequestSecond is Request for a user whose first proof has the digest first.
func (p *Passkeys) RequestSecond(ctx context.Context, userID int64, first string) (*protocol.PublicKeyCredentialRequestOptions, error) {
	rows, err := Held{p.Table}.OfUser(ctx, userID)
	if err != nil {
		return nil, err
	}
	have, err := descriptors(rows)
	if err != nil {
		return nil, fmt.Errorf("passkey: a row: %w", err)
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

// Read reads what a client says an authenticator has signed. It never fails: what cannot
// be read is refused by Verify, after the same work.
func (p *Passkeys) Read(credential json.RawMessage) Answer {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(credential)
	if err != nil || len(parsed.RawID) > maxID {
		return Answer{}
	}
	return Answer{Hash: hashOf(parsed.RawID), parsed: parsed}
}

// Verify verifies a signature for signing in. Fails with apperr.BadCredentials, whose
// cause is ErrUnknown, ErrInvalid or ErrCloned, after the same work; what is known of the
// signer is told as well.
func (p *Passkeys) Verify(ctx context.Context, a Answer) (Signed, error) {
	return p.verify(ctx, toSignIn, a)
}

// Prove verifies a signature for a second factor, counts it, and returns how it proves: the
// challenge is one of RequestSecond for the same user and first proof. Fails as Verify and
// Count do.
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

// Count notes that a signature counts, which any number of calls for one do once. Fails
// with apperr.BadCredentials: because of ErrCloned where the counter of the authenticator
// has not gone up, after which the passkey admits nobody; because of ErrUnknown where the
// passkey was removed meanwhile. It is to be the last thing that can refuse.
func (p *Passkeys) Count(ctx context.Context, s Signed) error {
	s.notes.At = p.Now().UnixMilli()
	counts, err := p.Table.Sign(ctx, s.notes)
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
	fresh, err := p.Table.Suspect(ctx, row.Id, s.notes.At)
	if err != nil {
		return apperr.Down(err)
	}
	return refused(&ClonedError{UserID: row.UserId, Fresh: fresh})
}

// ClonedError is an ErrCloned. Fresh says that it was not known before.
type ClonedError struct {
	UserID int64
	Fresh  bool
}

// Error is that of ErrCloned.
func (*ClonedError) Error() string { return ErrCloned.Error() }

// Is says that it is an ErrCloned.
func (*ClonedError) Is(err error) bool { return err == ErrCloned }

func (p *Passkeys) verify(ctx context.Context, to purpose, a Answer) (Signed, error) {
	row, err := p.find(ctx, a.Hash)
	if err != nil {
		return Signed{}, err
	}
	s, err := p.judge(to, a, row)
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

// judge verifies a signature by the key of a row, or without one by a key of nobody.
func (p *Passkeys) judge(to purpose, a Answer, row *model.Passkey) (Signed, error) {
	if a.parsed == nil {
		return Signed{}, ErrInvalid
	}
	text := a.parsed.Response.CollectedClientData.Challenge
	about, ok := p.open(to, text)
	if !ok {
		return Signed{}, ErrInvalid
	}
	owner := holder{handle: a.parsed.Response.UserHandle, credentials: []webauthn.Credential{{ID: a.parsed.RawID, PublicKey: p.nobody}}}
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
		s.notes = model.Signature{
			ID: row.Id, Challenge: token.Digest(text), Counter: int64(a.parsed.Response.AuthenticatorData.Counter), BackedUp: number(used.Flags.BackupState),
		}
	}
	return s, nil
}

// validate verifies a signature. To sign in, the authenticator has to say whose passkey it
// is; one that was asked for by name may leave that out.
func (p *Passkeys) validate(to purpose, owner holder, text string, answer *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	asked := webauthn.SessionData{Challenge: text, RelyingPartyID: p.RPID, UserVerification: protocol.VerificationRequired}
	if to == toSecond {
		asked.UserID = owner.handle
		return p.party.ValidateLogin(owner, asked, answer)
	}
	return p.party.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return owner, nil }, asked, answer)
}

// find is the passkey of a credential id, or nil where nobody has it.
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
