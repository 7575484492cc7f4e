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
		check:     func(c Config, k *checker, _ use) { c.Sms.Meta.check(k) },
		told:      func(c Config) bool { return c.Sms.Meta.AppSecret != "" },
		registers: func(Config, string) bool { return true },
		template:  checkMetaTemplate,
		home:      func(c Config) string { return c.Sms.Meta.Country },
	}
)

// Meta is the number that sends by WhatsApp.
type Meta struct {
	// PhoneNumberId is Meta's id of the number.
	PhoneNumberId string `json:",optional"`
	// Token is an access token that may send from it.
	Token string `json:",optional,env=META_TOKEN"`
	// BaseUrl is the API's address with its version.
	BaseUrl string `json:",default=https://graph.facebook.com/v23.0"`
	// AppSecret is what webhooks are signed with; empty means that none are taken.
	AppSecret string `json:",optional,env=META_APP_SECRET"`
	// VerifyToken is what Meta shows when the webhook is set up.
	VerifyToken string `json:",optional,env=META_VERIFY_TOKEN"`
	// Country (ISO 3166) is where the business is at home to Meta, which charges
	// another rate for codes abroad; empty means elsewhere.
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
		problems.add("Language", "must be the template's, as en_US or pt_BR, is %q", t.Language)
	}
	if vars := t.Vars(); len(vars) != 1 || vars[0].Value != VariableCode {
		problems.add("Variables", "must be the code alone: a template of category authentication has no other")
	}
	return problems
}
