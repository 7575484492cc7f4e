package config

import (
	"regexp"
	"slices"

	"user-api/internal/channel"
)

var (
	appleID   = regexp.MustCompile(`^[A-Z0-9]{10}$`)
	fieldPath = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
)

type (
	// SocialApple is the key that signs the client secret for Apple.
	SocialApple struct {
		// TeamId and KeyId are Apple's IDs of the team and the key.
		TeamId string `json:",optional"`
		KeyId  string `json:",optional"`
		// PrivateKeyFile is the key file, as issued by Apple.
		PrivateKeyFile string `json:",optional"`
	}

	// SocialUserinfo configures a provider without id_tokens: its URLs, and the dotted
	// paths of the members of its responses.
	SocialUserinfo struct {
		// AuthUrl is the authorization page, TokenUrl the token endpoint.
		AuthUrl  string `json:",optional"`
		TokenUrl string `json:",optional"`
		// Url returns the signed-in user.
		Url string `json:",optional"`
		// EmailsUrl returns a list of addresses, of which the primary one is used, as
		// GitHub's does; it replaces Email.
		EmailsUrl string `json:",optional"`
		// Subject is the path of the user's unique ID.
		Subject       string `json:",optional"`
		Email         string `json:",optional"`
		EmailVerified string `json:",optional"`
		Name          string `json:",optional"`
	}
)

// checkKind validates the keys that only some kinds have.
func (p SocialProvider) checkKind(k *checker, at string) {
	for _, key := range []struct {
		name  string
		given bool
		of    []string
	}{
		{"Issuer", p.Issuer != "", []string{SocialOIDC}},
		{"Audiences", len(p.Audiences) > 0, []string{SocialLine, SocialOIDC}},
		{"Authoritative", len(p.Authoritative) > 0, []string{SocialOAuth2, SocialOIDC}},
		{"Scopes", len(p.Scopes) > 0, []string{SocialLine, SocialOAuth2, SocialOIDC}},
		{"Apple", p.Apple != SocialApple{}, []string{SocialOIDC}},
		{"Userinfo", p.Userinfo != SocialUserinfo{}, []string{SocialOAuth2}},
		{"MiniAppId", p.MiniAppId != "", []string{SocialWeChat}},
		{"OpenIds", p.OpenIds, []string{SocialWeChat}},
		{"BaseUrl", p.BaseUrl != "", []string{SocialLine, SocialWeChat}},
	} {
		if key.given && !slices.Contains(key.of, p.Kind) && slices.Contains(SocialKinds, p.Kind) {
			k.add(at+"."+key.name, "must be left out: only the kind %s has it", channel.Or(key.of))
		}
	}
	if slices.Contains([]string{SocialLine, SocialOIDC}, p.Kind) && len(p.Scopes) > 0 && !slices.Contains(p.Scopes, "openid") {
		k.add(at+".Scopes", "must include openid; otherwise there is no id_token")
	}
	if p.BaseUrl != "" {
		p.checkAddress(k, at+".BaseUrl", p.BaseUrl, "https://api.weixin.qq.com")
	}
	switch p.Kind {
	case SocialOIDC:
		p.checkIssuer(k, at+".Issuer")
		p.checkApple(k, at)
	case SocialOAuth2:
		p.checkUserinfo(k, at+".Userinfo")
	}
	p.checkSecrets(k, at)
}

// checkSecrets requires a secret where the kind needs one.
func (p SocialProvider) checkSecrets(k *checker, at string) {
	needed := p.Kind == SocialLine || p.Kind == SocialOAuth2 || p.Kind == SocialWeChat && p.ClientId != ""
	if needed && p.ClientSecret == "" {
		k.add(at+".ClientSecret", "is missing, set SOCIAL_SECRET%s", envSuffixOf(p.Name))
	}
	switch {
	case p.MiniAppId != "" && !clientForm.MatchString(p.MiniAppId):
		k.add(at+".MiniAppId", "must have 1 to 255 characters of ASCII, without space")
	case p.MiniAppId != "" && p.MiniSecret == "":
		k.add(at+".MiniSecret", "is missing, set SOCIAL_MINI_SECRET%s", envSuffixOf(p.Name))
	}
}

func (p SocialProvider) checkApple(k *checker, at string) {
	if p.Apple == (SocialApple{}) {
		return
	}
	for _, id := range []struct{ key, value string }{{"TeamId", p.Apple.TeamId}, {"KeyId", p.Apple.KeyId}} {
		if !appleID.MatchString(id.value) {
			k.add(at+".Apple."+id.key, "must have 10 of A-Z 0-9, is %q", id.value)
		}
	}
	if p.Apple.PrivateKeyFile == "" {
		k.add(at+".Apple.PrivateKeyFile", "is missing: set it to the file AuthKey_….p8")
	}
	if p.ClientSecret != "" {
		k.add(at+".ClientSecret", "must be left out: the Apple key signs one")
	}
}

func (p SocialProvider) checkUserinfo(k *checker, at string) {
	u := p.Userinfo
	for _, address := range []struct{ key, value string }{
		{"AuthUrl", u.AuthUrl}, {"TokenUrl", u.TokenUrl}, {"Url", u.Url}, {"EmailsUrl", u.EmailsUrl},
	} {
		if address.value != "" || address.key != "EmailsUrl" {
			p.checkAddress(k, at+"."+address.key, address.value, "https://api.github.com/user")
		}
	}
	for _, path := range []struct{ key, value string }{
		{"Subject", u.Subject}, {"Email", u.Email}, {"EmailVerified", u.EmailVerified}, {"Name", u.Name},
	} {
		if (path.value != "" || path.key == "Subject") && !fieldPath.MatchString(path.value) {
			k.add(at+"."+path.key, "must be a dotted path such as response.id, is %q", path.value)
		}
	}
	if u.EmailsUrl != "" && (u.Email != "" || u.EmailVerified != "") {
		k.add(at+".Email", "must be left out, and EmailVerified too: EmailsUrl returns both")
	}
}
