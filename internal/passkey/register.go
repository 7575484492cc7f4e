package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/internal/token"
	"user-api/model"
)

const (
	// idBytes and handleBytes are the number of random bytes in ids and user handles.
	idBytes, handleBytes = 16, 32
	// maxID and maxKey are in bytes before encoding.
	maxID, maxKey = 1023, 1500
	// field is the request field of a credential.
	field = "credential"
)

// transports lists the known transports that a browser may report.
var transports = []string{"ble", "hybrid", "internal", "nfc", "smart-card", "usb"}

// Owner is the user who registers a passkey.
type Owner struct {
	ID, Epoch int64
	// Name distinguishes the user's accounts in an authenticator.
	Name string
}

// Creation returns the options to create a passkey. It fails with apperr.Forbidden if the user has
// the maximum number of passkeys.
func (p *Passkeys) Creation(ctx context.Context, o Owner) (*protocol.PublicKeyCredentialCreationOptions, error) {
	rows, err := p.Table.OfUser(ctx, o.ID)
	if err != nil {
		return nil, apperr.Down(err)
	}
	if len(rows) >= Most {
		return nil, tooMany(nil)
	}
	handle, err := p.handle(rows)
	if err != nil {
		return nil, fmt.Errorf("passkey: user handle: %w", err)
	}
	have, err := descriptors(rows)
	if err != nil {
		return nil, fmt.Errorf("passkey: stored row: %w", err)
	}
	sealed, err := p.seal(toRegister, challenge{User: o.ID, Epoch: o.Epoch, Handle: base64url.Strict.EncodeToString(handle)})
	if err != nil {
		return nil, err
	}
	return &protocol.PublicKeyCredentialCreationOptions{
		RelyingParty: protocol.RelyingPartyEntity{ID: p.RPID, CredentialEntity: protocol.CredentialEntity{Name: p.RPName}},
		User: protocol.UserEntity{
			ID: protocol.URLEncodedBase64(handle), DisplayName: o.Name, CredentialEntity: protocol.CredentialEntity{Name: o.Name},
		},
		Challenge: sealed, Parameters: parameters(), Timeout: int(Life.Milliseconds()), CredentialExcludeList: have,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: protocol.ResidentKeyRequired(), ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
		Attestation: protocol.PreferNoAttestation,
	}, nil
}

// handle returns the user handle. All passkeys of a user share it, so that an authenticator does
// not keep two for one account by accident. A user without passkeys gets a new one.
func (p *Passkeys) handle(rows []*model.Passkey) ([]byte, error) {
	if len(rows) > 0 {
		return base64url.Strict.DecodeString(rows[0].Handle)
	}
	handle := make([]byte, handleBytes)
	_, err := io.ReadFull(p.Rand, handle)
	return handle, err
}

// Register registers the passkey that an authenticator has created after Creation, once per
// challenge. It fails with apperr.InvalidRequest for an invalid answer, a challenge of another user
// or one from before the user's epoch changed, and a credential that is already registered, and
// with Forbidden for too many.
func (p *Passkeys) Register(ctx context.Context, userID int64, credential json.RawMessage, name string) (Info, error) {
	row, epoch, err := p.read(userID, credential)
	if err != nil {
		return Info{}, invalid(err)
	}
	id, err := base64url.Random(p.Rand, idBytes)
	if err != nil {
		return Info{}, fmt.Errorf("passkey: %w", err)
	}
	row.Id, row.UserId, row.Name, row.Created = id, userID, name, p.Now().UnixMilli()
	err = p.Users.AddPasskey(ctx, row, epoch, Most)
	_, taken := model.Duplicate(err)
	switch {
	case err == nil:
		return infoOf(row), nil
	case errors.Is(err, model.ErrTooMany):
		return Info{}, tooMany(err)
	case taken, errors.Is(err, model.ErrEpochChanged):
		return p.again(ctx, row, err)
	}
	return Info{}, apperr.Down(err)
}

// again returns the passkey that this same answer has created before, if the client did not receive
// the result. It fails with apperr.InvalidRequest for any other.
func (p *Passkeys) again(ctx context.Context, row *model.Passkey, cause error) (Info, error) {
	made, err := p.Table.FindOneByHash(ctx, row.Hash)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return Info{}, invalid(cause)
	case err != nil:
		return Info{}, apperr.Down(err)
	case made.UserId != row.UserId || made.Challenge != row.Challenge:
		return Info{}, invalid(cause)
	}
	return infoOf(made), nil
}

// read verifies the answer of an authenticator. It returns the row to store and the user's epoch at
// the time of the challenge.
func (p *Passkeys) read(userID int64, credential json.RawMessage) (*model.Passkey, int64, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(credential)
	if err != nil {
		return nil, 0, errors.Join(ErrInvalid, err)
	}
	text := parsed.Response.CollectedClientData.Challenge
	c, ok := p.open(toRegister, text)
	if !ok || c.User != userID {
		return nil, 0, ErrInvalid
	}
	handle, err := base64url.Strict.DecodeString(c.Handle)
	if err != nil {
		return nil, 0, errors.Join(ErrInvalid, err)
	}
	made, err := p.party.CreateCredential(holder{handle: handle}, webauthn.SessionData{
		Challenge: text, RelyingPartyID: p.RPID, UserID: handle, UserVerification: protocol.VerificationRequired, CredParams: parameters(),
	}, parsed)
	if err != nil {
		return nil, 0, errors.Join(ErrInvalid, err)
	}
	if len(made.ID) == 0 || len(made.ID) > maxID || len(made.PublicKey) > maxKey {
		return nil, 0, ErrInvalid
	}
	// The library parses keys only when they are first used.
	if _, err := webauthncose.ParsePublicKey(made.PublicKey); err != nil {
		return nil, 0, errors.Join(ErrInvalid, err)
	}
	return &model.Passkey{
		Hash: token.Digest(string(made.ID)), CredentialId: base64url.Strict.EncodeToString(made.ID), PublicKey: base64url.Strict.EncodeToString(made.PublicKey),
		Handle: c.Handle, Aaguid: kindOf(made.Authenticator.AAGUID), Transports: knownTransports(made.Transport),
		Counter: int64(made.Authenticator.SignCount), Eligible: number(made.Flags.BackupEligible), BackedUp: number(made.Flags.BackupState),
		Challenge: token.Digest(text),
	}, c.Epoch, nil
}

// knownTransports returns the known transports, separated by spaces.
func knownTransports(reported []protocol.AuthenticatorTransport) string {
	var list []string
	for _, transport := range transports {
		if slices.Contains(reported, protocol.AuthenticatorTransport(transport)) {
			list = append(list, transport)
		}
	}
	return strings.Join(list, " ")
}

func number(flag bool) int64 {
	if flag {
		return 1
	}
	return 0
}

func invalid(cause error) error {
	return apperr.New(apperr.InvalidRequest).WithField(field).Wrap(cause)
}

func tooMany(cause error) error {
	return apperr.New(apperr.Forbidden).WithDetail("A user can have at most 20 passkeys.").Wrap(cause)
}
