package passkey

import (
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"user-api/internal/base64url"
	"user-api/model"
)

// algorithms lists the signature algorithms by preference, as the WebAuthn specification
// recommends. Every authenticator supports one of them.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

// parameters returns the algorithms in WebAuthn's format.
func parameters() []protocol.CredentialParameter {
	list := make([]protocol.CredentialParameter, len(algorithms))
	for i, alg := range algorithms {
		list[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg}
	}
	return list
}

// holder implements webauthn.User.
type holder struct {
	handle      []byte
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return "" }
func (h holder) WebAuthnDisplayName() string                { return "" }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holderOf returns the owner of a passkey with this passkey.
func holderOf(row *model.Passkey) (h holder, err error) {
	var id, key []byte
	if h.handle, err = base64url.Strict.DecodeString(row.Handle); err == nil {
		if id, err = base64url.Strict.DecodeString(row.CredentialId); err == nil {
			key, err = base64url.Strict.DecodeString(row.PublicKey)
		}
	}
	h.credentials = []webauthn.Credential{{ID: id, PublicKey: key, Flags: webauthn.CredentialFlags{BackupEligible: row.Eligible != 0}}}
	return h, err
}

// descriptors returns the descriptors of passkeys for a browser.
func descriptors(rows []*model.Passkey) ([]protocol.CredentialDescriptor, error) {
	list := make([]protocol.CredentialDescriptor, 0, len(rows))
	for _, row := range rows {
		id, err := base64url.Strict.DecodeString(row.CredentialId)
		if err != nil {
			return nil, err
		}
		var transports []protocol.AuthenticatorTransport
		for _, transport := range strings.Fields(row.Transports) {
			transports = append(transports, protocol.AuthenticatorTransport(transport))
		}
		list = append(list, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: id, Transport: transports})
	}
	return list, nil
}
