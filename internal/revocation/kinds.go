package revocation

import (
	"time"

	"user-api/internal/batch"
	"user-api/model"
)

// kind is the published kind of an entry.
type kind uint8

const (
	unpublished kind = iota
	sessionRevoked
	tokenClaimsChange
	accountDisabled
	accountEnabled
	accountPurged
	identifierChanged
	credentialChange
	keyRevoked
	keysChanged
)

// kindNames are the names of the kinds in the feed: those of CAEP and RISC if there is one,
// so that an entry can be sent as such an event (docs/revocations.md).
var kindNames = [...]string{
	sessionRevoked:    "session-revoked",
	tokenClaimsChange: "token-claims-change",
	accountDisabled:   "account-disabled",
	accountEnabled:    "account-enabled",
	accountPurged:     "account-purged",
	identifierChanged: "identifier-changed",
	credentialChange:  "credential-change",
	keyRevoked:        "key-revoked",
	keysChanged:       "keys-changed",
}

// userKinds and keyKinds map the reasons of rows to kinds. Every row of a session means that
// the session has ended, whatever its reason.
var (
	userKinds = map[string]kind{
		model.Erased:            accountPurged,
		model.RoleChanged:       tokenClaimsChange,
		model.Disabled:          accountDisabled,
		model.Enabled:           accountEnabled,
		model.IdentifierChanged: identifierChanged,
		model.CredentialChanged: credentialChange,
	}
	keyKinds = map[string]kind{
		model.KeyRevoked:  keyRevoked,
		model.KeysChanged: keysChanged,
	}
)

// kindOf returns the kind of an entry. Reasons of a later release are not published.
func kindOf(e *model.Revocation) kind {
	switch {
	case e.UserId == 0:
		return keyKinds[e.Reason]
	case e.SessionId != "":
		return sessionRevoked
	}
	return userKinds[e.Reason]
}

// idOf returns the id of an entry. It returns "" for a stream entry of a node of the release
// without ids; the table has the rest of that entry.
func idOf(e *model.Revocation) string {
	if e.Event != "" || e.Id == 0 {
		return e.Event
	}
	return batch.IDOf(time.UnixMilli(e.At), e.Id)
}
