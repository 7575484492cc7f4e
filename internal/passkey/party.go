package passkey

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

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
	if h.handle, err = encoding.DecodeString(row.Handle); err == nil {
		if id, err = encoding.DecodeString(row.CredentialId); err == nil {
			key, err = encoding.DecodeString(row.PublicKey)
		}
	}
	h.credentials = []webauthn.Credential{{ID: id, PublicKey: key, Flags: webauthn.CredentialFlags{BackupEligible: row.Eligible != 0}}}
	return h, err
}

// descriptors returns the descriptors of passkeys for a browser.
func descriptors(rows []*model.Passkey) ([]protocol.CredentialDescriptor, error) {
	list := make([]protocol.CredentialDescriptor, 0, len(rows))
	for _, row := range rows {
		id, err := encoding.DecodeString(row.CredentialId)
		if err != nil {
			return nil, err
		}
		var ways []protocol.AuthenticatorTransport
		for _, way := range strings.Fields(row.Transports) {
			ways = append(ways, protocol.AuthenticatorTransport(way))
		}
		list = append(list, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: id, Transport: ways})
	}
	return list, nil
}

// hashOf returns the lookup key of a credential id.
func hashOf(id []byte) string {
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:])
}
