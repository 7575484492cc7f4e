package export

import (
	"context"
	"strings"

	"user-api/internal/apperr"
)

// passkey holds everything stored about a passkey except the digests. The key is public.
type passkey struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	CredentialID string   `json:"credentialId"`
	PublicKey    string   `json:"publicKey"`
	UserHandle   string   `json:"userHandle"`
	Aaguid       string   `json:"aaguid,omitempty"`
	Transports   []string `json:"transports,omitempty"`
	Signatures   int64    `json:"signatures,omitempty"`
	Synced       bool     `json:"synced"`
	BackedUp     bool     `json:"backedUp"`
	CreatedAt    int64    `json:"createdAt"`
	LastUsedAt   int64    `json:"lastUsedAt,omitempty"`
	ClonedAt     int64    `json:"clonedAt,omitempty"`
}

// passkeys includes passkeys even while signing in with them is disabled.
func (e *Exporter) passkeys(ctx context.Context, s subject) (any, error) {
	rows, err := apperr.ResultOrDown(e.Passkeys.OfUser(ctx, s.Id))
	list := make([]passkey, 0, len(rows))
	for _, row := range rows {
		list = append(list, passkey{
			ID: row.Id, Name: row.Name, CredentialID: row.CredentialId, PublicKey: row.PublicKey, UserHandle: row.Handle, Aaguid: row.Aaguid,
			Transports: strings.Fields(row.Transports), Signatures: row.Counter, Synced: row.Eligible != 0, BackedUp: row.BackedUp != 0,
			CreatedAt: row.Created / 1000, LastUsedAt: row.Used / 1000, ClonedAt: row.Cloned / 1000,
		})
	}
	return list, err
}
