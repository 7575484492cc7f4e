package types

import "regexp"

const (
	// maxMfaToken is in characters; the longest issued tokens have about 900.
	maxMfaToken = 2048
	// maxRecovery is in characters, of a recovery code as typed.
	maxRecovery = 64
)

// totpPattern matches the codes of authenticator apps.
var totpPattern = regexp.MustCompile(`^[0-9]{6}$`)

// Validate requires a code of an authenticator app.
func (r *ConfirmTotpReq) Validate() error { return matches("totp", r.Totp, totpPattern) }

// Validate requires a token and exactly one second factor.
func (r *MfaLoginReq) Validate() error {
	given := 0
	for _, there := range []bool{r.Totp != "", r.RecoveryCode != "", len(r.Passkey) > 0} {
		if there {
			given++
		}
	}
	switch {
	case given > 1 && len(r.Passkey) > 0:
		return malformed("passkey", "Give one of totp, recoveryCode and passkey.")
	case given != 1:
		return malformed("totp", "Give one of totp, recoveryCode and passkey.")
	case len(r.RecoveryCode) > maxRecovery:
		return malformed("recoveryCode", "recoveryCode is too long.")
	}
	if err := optional("totp", r.Totp, totpPattern); err != nil {
		return err
	}
	return mfaToken(r.MfaToken)
}

// Validate requires a token.
func (r *MfaEnrollReq) Validate() error { return mfaToken(r.MfaToken) }

func mfaToken(text string) error {
	if text == "" || len(text) > maxMfaToken {
		return malformed("mfaToken", "mfaToken is that of the answer mfa_required.")
	}
	return nil
}
