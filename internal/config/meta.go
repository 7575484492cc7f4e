package config

import (
	"regexp"

	"user-api/internal/channel"
)

// ProviderMeta is Meta's WhatsApp Cloud API.
const ProviderMeta = "meta"

var (
	metaNumber   = regexp.MustCompile(`^[0-9]{5,32}$`)
	metaTemplate = regexp.MustCompile(`^[a-z0-9_]{1,128}$`)
	metaLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Z]{2,3})?$`)

	meta = Provider{
		Name: ProviderMeta, Channels: []string{channel.WhatsApp},
		check:         func(c Config, k *checker, _ use) { c.Sms.Meta.check(k) },
		reportsStatus: func(c *Config) bool { return c.Sms.Meta.AppSecret != "" },
		registers:     func(Config, string) bool { return true },
		template:      checkMetaTemplate,
		home:          func(c Config) string { return c.Sms.Meta.Country },
	}
)

// Meta holds the options of the provider meta.
type Meta struct {
	// PhoneNumberId is Meta's ID of the sending number.
	PhoneNumberId string `json:",optional"`
	// Token is an access token with permission to send.
	Token string `json:",optional,env=META_TOKEN"`
	// BaseUrl is the URL of the API, including its version.
	BaseUrl string `json:",default=https://graph.facebook.com/v23.0"`
	// AppSecret verifies the signature of webhooks; without it none are accepted.
	AppSecret string `json:",optional,env=META_APP_SECRET"`
	// VerifyToken is the token that Meta sends when the webhook is set up.
	VerifyToken string `json:",optional,env=META_VERIFY_TOKEN"`
	// Country (ISO 3166) is the home country of the business, because Meta charges another
	// rate for codes sent abroad; empty means unknown.
	Country string `json:",optional"`
}

func (m Meta) check(k *checker) {
	const path = "Sms.Meta."
	if !metaNumber.MatchString(m.PhoneNumberId) {
		k.add(path+"PhoneNumberId", "must be Meta's id of the number, 5 to 32 digits, is %q", m.PhoneNumberId)
	}
	k.credential(path+"Token", m.Token, "META_TOKEN", notBlank)
	k.baseURL(path+"BaseUrl", m.BaseUrl, "https://graph.facebook.com/v23.0")
	if (m.AppSecret == "") != (m.VerifyToken == "") {
		k.add(path+"VerifyToken", "must be given together with AppSecret, set META_VERIFY_TOKEN and META_APP_SECRET")
	}
	k.shownSecret(path+"VerifyToken", m.VerifyToken)
	if m.Country != "" {
		k.region(path+"Country", m.Country)
	}
}

func checkMetaTemplate(t Template) (problems Problems) {
	if !metaTemplate.MatchString(t.Id) {
		problems.add("Id", "must be the name of a template, of a-z 0-9 _, is %q", t.Id)
	}
	if !metaLanguage.MatchString(t.Language) {
		problems.add("Language", "must be the template's language, such as en_US or pt_BR, is %q", t.Language)
	}
	if vars := t.Vars(); len(vars) != 1 || vars[0].Value != VariableCode {
		problems.add("Variables", "must be the code alone: templates of category authentication have no others")
	}
	return problems
}
