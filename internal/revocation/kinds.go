package revocation

import (
	"time"

	"user-api/internal/batch"
	"user-api/model"
)

// kind is what an entry is published as.
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

// names are the words of the feed: those of CAEP and RISC where these have one, so that
// the entry can be sent as an event of theirs (docs/revocations.md).
var names = [...]string{
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

// ofUsers and ofKeys are what the reasons of rows are published as. Whatever the reason
// of a row of a session is, that session has ended.
var (
	ofUsers = map[string]kind{
		model.Erased:            accountPurged,
		model.RoleChanged:       tokenClaimsChange,
		model.Disabled:          accountDisabled,
		model.Enabled:           accountEnabled,
		model.IdentifierChanged: identifierChanged,
		model.CredentialChanged: credentialChange,
	}
	ofKeys = map[string]kind{
		model.KeyRevoked:  keyRevoked,
		model.KeysChanged: keysChanged,
	}
)

// kindOf says what an entry is published as. A reason of a later release is not.
func kindOf(e *model.Revocation) kind {
	switch {
	case e.UserId == 0:
		return ofKeys[e.Reason]
	case e.SessionId != "":
		return sessionRevoked
	}
	return ofUsers[e.Reason]
}

// idOf is the id of an entry, or "" of one that a node of the release without ids has
// put on the stream: the table has more of it.
func idOf(e *model.Revocation) string {
	if e.Event != "" || e.Id == 0 {
		return e.Event
	}
	return batch.IDOf(time.UnixMilli(e.At), e.Id)
}
