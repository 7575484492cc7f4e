// Package passkeytest simulates an authenticator and its browser for tests. It answers the options
// of a ceremony honestly or with modifications.
package passkeytest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// The flags of authenticator data (WebAuthn section 6.1).
const (
	UserPresent    byte = 1 << 0
	UserVerified   byte = 1 << 2
	BackupEligible byte = 1 << 3
	BackedUp       byte = 1 << 4

	attested byte = 1 << 6
)

// Encoding is the encoding of bytes in a ceremony.
var Encoding = base64.RawURLEncoding

type (
	// Authenticator holds passkeys of one domain.
	Authenticator struct {
		// Origin is the page, RPID the domain for which the authenticator signs.
		Origin, RPID string
		// Flags are the flags of the authenticator data.
		Flags byte
		// Counter is the counter of the last signature; Counts makes it increase.
		Counter uint32
		Counts  bool
		// Aaguid is the kind of authenticator.
		Aaguid [16]byte
		// Alg is the algorithm of new keys.
		Alg Algorithm

		keys []*Key
	}

	// Key is a passkey.
	Key struct {
		ID, Handle []byte
		signer     signer
	}

	// Cheat modifies an answer. Nil and empty fields change nothing.
	Cheat struct {
		// Type, Challenge and Origin replace those of the client data.
		Type, Challenge, Origin string
		// CrossOrigin means that the page is in a frame of another page, TopOrigin.
		CrossOrigin bool
		TopOrigin   string
		// Key signs and Handle is returned instead of the registered ones.
		Key    *Key
		Handle []byte
		// AuthData and ClientData change the bytes after they were signed, Signature changes the
		// signature.
		AuthData, ClientData, Signature func([]byte) []byte
		// PublicKey changes the registered key.
		PublicKey func([]byte) []byte
	}

	object = map[string]any
)

// New returns an authenticator with device-bound keys that verifies its user and counts.
func New(origin, rpID string) *Authenticator {
	return &Authenticator{Origin: origin, RPID: rpID, Flags: UserPresent | UserVerified, Counter: 1, Counts: true, Alg: ES256}
}

// Last returns the newest passkey.
func (a *Authenticator) Last() *Key { return a.keys[len(a.keys)-1] }

// Copy returns an authenticator with the same keys and counter.
func (a *Authenticator) Copy() *Authenticator {
	other := *a
	other.keys = append([]*Key{}, a.keys...)
	return &other
}

// Create answers the options of a registration with a RegistrationResponseJSON.
func (a *Authenticator) Create(options json.RawMessage, cheat Cheat) json.RawMessage {
	var asked struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	}
	must(json.Unmarshal(options, &asked))
	handle, err := Encoding.DecodeString(asked.User.ID)
	must(err)
	key := &Key{ID: make([]byte, 32), Handle: handle, signer: a.Alg.new()}
	if cheat.Key != nil {
		key.ID = cheat.Key.ID
	} else {
		_, err = rand.Read(key.ID)
		must(err)
	}
	a.keys = append(a.keys, key)
	public := key.signer.cose()
	if cheat.PublicKey != nil {
		public = cheat.PublicKey(public)
	}
	data := a.data(attested)
	data = append(data, a.Aaguid[:]...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(key.ID)))
	data = append(append(data, key.ID...), public...)
	data = change(data, cheat.AuthData)
	statement := append([]byte{0xa3, 0x63}, "fmt\x64none\x67attStmt\xa0\x68authData"...)
	statement = append(append(statement, 0x59, byte(len(data)>>8), byte(len(data))), data...)
	return encode(object{
		"id": Encoding.EncodeToString(key.ID), "rawId": Encoding.EncodeToString(key.ID), "type": "public-key",
		"authenticatorAttachment": "platform", "clientExtensionResults": object{"credProps": object{"rk": true}},
		"response": object{
			"clientDataJSON":    Encoding.EncodeToString(change(a.clientData("webauthn.create", asked.Challenge, cheat), cheat.ClientData)),
			"attestationObject": Encoding.EncodeToString(statement), "transports": []string{"internal", "hybrid"},
		},
	})
}

// Get answers the options of a sign-in with an AuthenticationResponseJSON, by the newest allowed
// passkey.
func (a *Authenticator) Get(options json.RawMessage, cheat Cheat) json.RawMessage {
	var asked struct {
		Challenge string `json:"challenge"`
		Allow     []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	}
	must(json.Unmarshal(options, &asked))
	key := cheat.Key
	for _, one := range a.keys {
		for _, allowed := range asked.Allow {
			if allowed.ID == Encoding.EncodeToString(one.ID) && cheat.Key == nil {
				key = one
			}
		}
	}
	if key == nil {
		key = a.Last()
	}
	handle := key.Handle
	if cheat.Handle != nil {
		handle = cheat.Handle
	}
	if a.Counts {
		a.Counter++
	}
	data, client := a.data(0), a.clientData("webauthn.get", asked.Challenge, cheat)
	hash := sha256.Sum256(client)
	signature := key.signer.sign(append(bytes.Clone(data), hash[:]...))
	return encode(object{
		"id": Encoding.EncodeToString(key.ID), "rawId": Encoding.EncodeToString(key.ID), "type": "public-key", "clientExtensionResults": object{},
		"response": object{
			"clientDataJSON":    Encoding.EncodeToString(change(client, cheat.ClientData)),
			"authenticatorData": Encoding.EncodeToString(change(data, cheat.AuthData)),
			"signature":         Encoding.EncodeToString(change(signature, cheat.Signature)),
			"userHandle":        Encoding.EncodeToString(handle),
		},
	})
}

// data returns the beginning of the authenticator data.
func (a *Authenticator) data(more byte) []byte {
	hash := sha256.Sum256([]byte(a.RPID))
	return binary.BigEndian.AppendUint32(append(hash[:], a.Flags|more), a.Counter)
}

func (a *Authenticator) clientData(kind, challenge string, cheat Cheat) []byte {
	client := object{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": cheat.CrossOrigin}
	for name, value := range map[string]string{"type": cheat.Type, "challenge": cheat.Challenge, "origin": cheat.Origin, "topOrigin": cheat.TopOrigin} {
		if value != "" {
			client[name] = value
		}
	}
	return encode(client)
}

func change(data []byte, by func([]byte) []byte) []byte {
	if by == nil {
		return data
	}
	return by(bytes.Clone(data))
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	must(err)
	return text
}

// must panics if err is not nil.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("passkeytest: %v", err))
	}
}
