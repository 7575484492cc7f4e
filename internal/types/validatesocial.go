package types

import "regexp"

const (
	// maxIDToken is in bytes; those of providers have about 3000.
	maxIDToken = 16 << 10
	// maxSocialText limits what passes through a browser, in bytes.
	maxSocialText = 4 << 10
)

// verifierPattern is that of RFC 7636.
var verifierPattern = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// Validate requires exactly one of an id_token and the two codes, and matching other
// fields.
func (r *SocialLoginReq) Validate() error {
	switch {
	case r.IdToken == "" && r.Code == "" && r.ProviderCode == "":
		return malformed("idToken", "Give idToken, or code and verifier, or providerCode.")
	case r.IdToken != "" && (r.Code != "" || r.Verifier != ""):
		return malformed("code", "Give idToken, or code and verifier, not both.")
	case r.ProviderCode != "" && (r.IdToken != "" || r.Code != "" || r.Verifier != ""):
		return malformed("providerCode", "Give providerCode alone, or with phoneCode.")
	case r.IdToken == "" && r.Nonce != "":
		return malformed("nonce", "nonce goes with idToken.")
	case r.ProviderCode == "" && r.PhoneCode != "":
		return malformed("phoneCode", "phoneCode goes with providerCode.")
	case len(r.ProviderCode) > maxSocialText:
		return malformed("providerCode", "providerCode is too long.")
	case len(r.PhoneCode) > maxSocialText:
		return malformed("phoneCode", "phoneCode is too long.")
	case len(r.IdToken) > maxIDToken:
		return malformed("idToken", "idToken is too long.")
	case len(r.Nonce) > maxSocialText:
		return malformed("nonce", "nonce is too long.")
	case len(r.Code) > maxSocialText:
		return malformed("code", "code is too long.")
	}
	if r.Code != "" {
		if err := matches("verifier", r.Verifier, verifierPattern); err != nil {
			return err
		}
	}
	return optional("invite", r.Invite, invitePattern)
}

// Validate limits the parameters that a browser returns from a provider.
func (r *SocialCallbackReq) Validate() error {
	for _, f := range []struct{ name, value string }{{"code", r.Code}, {"state", r.State}, {"error", r.Error}, {"iss", r.Iss}} {
		if len(f.value) > maxSocialText {
			return malformed(f.name, "It is too long.")
		}
	}
	return nil
}
