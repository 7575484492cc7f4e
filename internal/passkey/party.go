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

// algorithms are those a passkey may sign by, the preferred one first: what the
// specification recommends, and all authenticators have one of.
var algorithms = []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}

// parameters are the algorithms as they are asked for and checked.
func parameters() []protocol.CredentialParameter {
	list := make([]protocol.CredentialParameter, len(algorithms))
	for i, alg := range algorithms {
		list[i] = protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: alg}
	}
	return list
}

// holder is a user with credentials, as go-webauthn asks for one.
type holder struct {
	handle      []byte
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return "" }
func (h holder) WebAuthnDisplayName() string                { return "" }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holderOf is the owner of a passkey, with that one.
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

// descriptors name passkeys to a browser.
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

// hashOf is what a credential id is found by.
func hashOf(id []byte) string {
	sum := sha256.Sum256(id)
	return hex.EncodeToString(sum[:])
}
