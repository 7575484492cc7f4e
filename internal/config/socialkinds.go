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
		// TeamId and KeyId are Apple's names of the team and of the key.
		TeamId string `json:",optional"`
		KeyId  string `json:",optional"`
		// PrivateKeyFile is the file of the key, as Apple gives it out.
		PrivateKeyFile string `json:",optional"`
	}

	// SocialUserinfo says where a provider without id_tokens is asked, and what its answer
	// calls things: members of nested objects by dotted paths.
	SocialUserinfo struct {
		// AuthUrl is the provider's page, TokenUrl where codes are exchanged.
		AuthUrl  string `json:",optional"`
		TokenUrl string `json:",optional"`
		// Url answers who has signed in.
		Url string `json:",optional"`
		// EmailsUrl answers a list of addresses, of which the primary one is taken, as
		// GitHub's does; in the place of Email.
		EmailsUrl string `json:",optional"`
		// Subject is what a person is known by.
		Subject       string `json:",optional"`
		Email         string `json:",optional"`
		EmailVerified string `json:",optional"`
		Name          string `json:",optional"`
	}
)

// checkKind checks the keys that are of some kinds alone.
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
			k.add(at+"."+key.name, "must be left out: it is of the kind %s", channel.Or(key.of))
		}
	}
	if slices.Contains([]string{SocialLine, SocialOIDC}, p.Kind) && len(p.Scopes) > 0 && !slices.Contains(p.Scopes, "openid") {
		k.add(at+".Scopes", "must have openid, or there is no id_token")
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

// checkSecrets demands a secret where nothing works without one.
func (p SocialProvider) checkSecrets(k *checker, at string) {
	needed := p.Kind == SocialLine || p.Kind == SocialOAuth2 || p.Kind == SocialWeChat && p.ClientId != ""
	if needed && p.ClientSecret == "" {
		k.add(at+".ClientSecret", "is missing, set SOCIAL_SECRET%s", ownSuffix(p.Name))
	}
	switch {
	case p.MiniAppId != "" && !clientForm.MatchString(p.MiniAppId):
		k.add(at+".MiniAppId", "must have 1 to 255 characters of ASCII, without space")
	case p.MiniAppId != "" && p.MiniSecret == "":
		k.add(at+".MiniSecret", "is missing, set SOCIAL_MINI_SECRET%s", ownSuffix(p.Name))
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
		k.add(at+".Apple.PrivateKeyFile", "is missing: it is the file AuthKey_….p8 of the key")
	}
	if p.ClientSecret != "" {
		k.add(at+".ClientSecret", "must be left out: the key of Apple signs one")
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
			k.add(at+"."+path.key, "must be a dotted path, as response.id, is %q", path.value)
		}
	}
	if u.EmailsUrl != "" && (u.Email != "" || u.EmailVerified != "") {
		k.add(at+".Email", "must be left out, and EmailVerified too: EmailsUrl tells both")
	}
}
