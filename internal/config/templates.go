package config

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"user-api/internal/channel"
)

// What a variable of a template may stand for.
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
	// Template is a text that has to be registered before it may be sent, as the
	// provider, the network or WhatsApp know it.
	Template struct {
		// Provider it is registered with; empty means each that sends by the channel.
		Provider string `json:",optional"`
		// Channel is sms, whatsapp or voice.
		Channel string `json:",default=sms"`
		// Purpose is what the code is for, the name of a notice, or notice for every
		// notice; empty means every code.
		Purpose string `json:",optional"`
		// Locale is a BCP 47 tag, of those who ask for it; empty means everybody.
		Locale string `json:",optional"`
		// Country (ISO 3166) of the numbers it is for; empty means all.
		Country string `json:",optional"`
		// Id names the template.
		Id string `json:",optional"`
		// Language is the one it is registered in, where the provider asks for it.
		Language string `json:",optional"`
		// Sign is the sign name that stands before the text.
		Sign string `json:",optional"`
		// Entity and Header are the ids of the principal entity and of the header in
		// India's registry (DLT).
		Entity string `json:",optional"`
		Header string `json:",optional"`
		// Variables are those of the text, in order: code, minutes, app, each perhaps
		// after the provider's own name for it and an equals sign, as var1=code.
		Variables []string `json:",optional"`
	}

	// Variable is one element of Template.Variables.
	Variable struct{ Name, Value string }
)

// Vars are the template's variables in order.
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

// of reports whether the template is one of the provider's.
func (t Template) of(provider string) bool { return t.Provider == "" || t.Provider == provider }

// TemplatesOf lists the templates of a provider.
func (c Config) TemplatesOf(provider string) []Template {
	return slices.DeleteFunc(slices.Clone(c.Delivery.Templates), func(t Template) bool { return !t.of(provider) })
}

// Reach lists the countries of the numbers that a provider may be asked to send to by
// a channel; an empty one stands for any.
func (c Config) Reach(provider, ch string) []string {
	asked := func(country string) bool {
		for _, r := range c.Delivery.Routes {
			if r.takes(ch, country) {
				return slices.ContainsFunc(r.Hops(), func(h Hop) bool { return h.Provider == provider })
			}
		}
		return c.Otherwise(ch) == provider
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
		k.add(key+".Locale", "must be a language tag as en or pt-BR, is %q", t.Locale)
	}
	if t.Country != "" {
		k.region(key+".Country", t.Country)
	}
	if !templateId.MatchString(t.Id) {
		k.add(key+".Id", "must have 1 to 128 of A-Z a-z 0-9 . _ : -, is %q", t.Id)
	}
	for i, v := range t.Vars() {
		if !variableName.MatchString(v.Name) || !slices.Contains(variables, v.Value) {
			k.add(element(key+".Variables", i), "must be %s, perhaps with the provider's name for it before, as var1=code, is %q", channel.Or(variables), t.Variables[i])
		}
	}
}
