package config

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"user-api/internal/channel"
)

// The values of a template variable.
const (
	VariableApp     = "app"
	VariableCode    = "code"
	VariableMinutes = "minutes"
)

var (
	variables    = []string{VariableCode, VariableMinutes, VariableApp}
	variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)
	templateId   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
)

type (
	// Template is a text that must be registered before it may be sent, as known to the
	// provider, the network or WhatsApp.
	Template struct {
		// Provider is where it is registered; empty means every provider of the channel.
		Provider string `json:",optional"`
		// Channel is sms, whatsapp or voice.
		Channel string `json:",default=sms"`
		// Purpose is the purpose of the code, the name of a notice, or notice for every
		// notice; empty means every code.
		Purpose string `json:",optional"`
		// Locale is the BCP 47 tag of the requests it is for; empty means all.
		Locale string `json:",optional"`
		// Country is the ISO 3166 country of the numbers it is for; empty means all.
		Country string `json:",optional"`
		// Id identifies the template.
		Id string `json:",optional"`
		// Language is the registered language, if the provider needs it.
		Language string `json:",optional"`
		// Sign is the sign name that precedes the text.
		Sign string `json:",optional"`
		// Entity and Header are the IDs of the principal entity and the header in India's
		// registry (DLT).
		Entity string `json:",optional"`
		Header string `json:",optional"`
		// Variables lists the variables of the text in order: code, minutes, app, each
		// optionally preceded by the provider's name for it and an equals sign, as in
		// var1=code.
		Variables []string `json:",optional"`
	}

	// Variable is one element of Template.Variables.
	Variable struct{ Name, Value string }
)

// Vars returns the template's variables in order.
func (t Template) Vars() []Variable {
	vars := make([]Variable, len(t.Variables))
	for i, text := range t.Variables {
		name, value, named := strings.Cut(text, "=")
		if !named {
			value = name
		}
		vars[i] = Variable{name, value}
	}
	return vars
}

// of reports whether the template is registered with the provider.
func (t Template) of(provider string) bool { return t.Provider == "" || t.Provider == provider }

// TemplatesOf returns the templates of a provider.
func (c Config) TemplatesOf(provider string) []Template {
	return slices.DeleteFunc(slices.Clone(c.Delivery.Templates), func(t Template) bool { return !t.of(provider) })
}

// Reach returns the countries to which a provider may have to send on a channel; "" stands
// for any country.
func (c Config) Reach(provider, ch string) []string {
	asked := func(country string) bool {
		for _, r := range c.Delivery.Routes {
			if r.matches(ch, country) {
				return slices.ContainsFunc(r.Hops(), func(h Hop) bool { return h.Provider == provider })
			}
		}
		return c.DefaultProvider(ch) == provider
	}
	countries := slices.Clone(c.Sms.AllowedRegions)
	if len(countries) == 0 {
		for _, r := range c.Delivery.Routes {
			countries = append(countries, r.Countries...)
		}
		countries = append(countries, "")
	}
	slices.Sort(countries)
	return slices.DeleteFunc(slices.Compact(countries), func(country string) bool { return !asked(country) })
}

func (c Config) checkTemplates(k *checker) {
	for i, t := range c.Delivery.Templates {
		key := element("Delivery.Templates", i)
		t.check(k, key)
		for _, p := range providers {
			if _, used := c.use(p.Name)[t.Channel]; !used || !t.of(p.Name) || p.template == nil {
				continue
			}
			for _, problem := range p.template(t) {
				k.add(key+"."+problem.Key, "%s", problem.Rule)
			}
		}
	}
}

func (t Template) check(k *checker, key string) {
	k.option(key+".Channel", t.Channel, channel.Phone()...)
	if t.Provider != "" {
		serves := func(p Provider) bool { return p.Serves(t.Channel) }
		k.option(key+".Provider", t.Provider, namesOf(serves)...)
	}
	if tag, err := language.Parse(t.Locale); t.Locale != "" && (err != nil || tag.String() != t.Locale) {
		k.add(key+".Locale", "must be a language tag such as en or pt-BR, is %q", t.Locale)
	}
	if t.Country != "" {
		k.region(key+".Country", t.Country)
	}
	if !templateId.MatchString(t.Id) {
		k.add(key+".Id", "must have 1 to 128 of A-Z a-z 0-9 . _ : -, is %q", t.Id)
	}
	for i, v := range t.Vars() {
		if !variableName.MatchString(v.Name) || !slices.Contains(variables, v.Value) {
			k.add(element(key+".Variables", i), "must be %s, optionally preceded by the provider's name for it as in var1=code, is %q", channel.Or(variables), t.Variables[i])
		}
	}
}
