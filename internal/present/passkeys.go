package present

import (
	"encoding/json"
	"fmt"

	"user-api/internal/passkey"
	"user-api/internal/types"
)

// PasskeyOptions converts the options for the creation or the use of a passkey, as the
// browser passes them to its authenticator.
func PasskeyOptions[T any](options *T, err error) (*types.PasskeyOptionsResp, error) {
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return nil, fmt.Errorf("present: options of a passkey: %w", err)
	}
	resp := &types.PasskeyOptionsResp{}
	if err := json.Unmarshal(text, &resp.PublicKey); err != nil {
		return nil, fmt.Errorf("present: options of a passkey: %w", err)
	}
	return resp, nil
}

// Passkey converts a passkey.
func Passkey(info passkey.Info, err error) (*types.Passkey, error) {
	if err != nil {
		return nil, err
	}
	converted := passkeyOf(info)
	return &converted, nil
}

// Passkeys converts the passkeys of a user.
func Passkeys(list []passkey.Info, err error) (*types.PasskeysResp, error) {
	if err != nil {
		return nil, err
	}
	resp := &types.PasskeysResp{Passkeys: make([]types.Passkey, 0, len(list))}
	for _, info := range list {
		resp.Passkeys = append(resp.Passkeys, passkeyOf(info))
	}
	return resp, nil
}

func passkeyOf(info passkey.Info) types.Passkey {
	p := types.Passkey{
		Id: info.ID, Name: info.Name, Authenticator: info.Authenticator, Aaguid: info.Aaguid, CreatedAt: info.Created.Unix(),
		Synced: info.Synced, BackedUp: info.BackedUp, Cloned: info.Cloned,
	}
	if !info.Used.IsZero() {
		p.LastUsedAt = info.Used.Unix()
	}
	return p
}
