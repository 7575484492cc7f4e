package delivery

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// EveryNotice is the Purpose of a Template for every notice without one of its own.
const EveryNotice = "notice"

// The values that a Variable may stand for.
const (
	valueApp     = "app"
	valueCode    = "code"
	valueMinutes = "minutes"
)

type (
	// Template is a text that must be registered before it may be sent: with a country's
	// registry, an operator or WhatsApp.
	Template struct {
		Channel Channel
		// Purpose is that of a Message, or EveryNotice; empty means any code.
		Purpose string
		// Locale is a BCP 47 tag, Country an ISO 3166 code; empty means any.
		Locale, Country string
		// ID names the template. Language is the one it is registered in, in the provider's
		// spelling, Sign a name before the text. Entity and Header are ids in India's
		// registry.
		ID, Language, Sign, Entity, Header string
		// Variables are those of the text, in order. Each Value names what it stands for
		// (code, minutes or app), or is the value itself once it is filled in.
		Variables []Variable
	}

	// Variable is a variable of a template.
	Variable struct{ Name, Value string }

	// Templates are those of one provider. The zero value has none.
	Templates struct {
		app  string
		rows []Template
	}

	// fit is how closely a template fits a message; smaller is closer.
	fit struct{ country, purpose, locale int }
)

// NewTemplates returns the templates; app is the app's name.
func NewTemplates(app string, rows []Template) Templates { return Templates{app, rows} }

// For returns the template that fits a message most closely, with its variables filled in. A
// template for the number's country is preferred to one for all countries; then one for the
// purpose to one for any code or notice; then one for the requested language with its region,
// for the requested language, for the language of the text, to one for any language.
func (t Templates) For(m Message) (filled Template, ok bool) {
	var best fit
	for _, row := range t.rows {
		f, fits := row.fit(m)
		if fits && (!ok || f.before(best)) {
			filled, best, ok = row, f, true
		}
	}
	if ok {
		filled.Variables = t.fill(filled.Variables, m)
	}
	return filled, ok
}

func (t Templates) fill(variables []Variable, m Message) []Variable {
	filled := make([]Variable, len(variables))
	for i, v := range variables {
		filled[i] = Variable{v.Name, map[string]string{
			valueApp: t.app, valueCode: m.Code, valueMinutes: strconv.Itoa(minutes(m.ExpiresIn)),
		}[v.Value]}
	}
	return filled
}

func (t Template) fit(m Message) (f fit, ok bool) {
	every := ""
	if m.Code == "" {
		every = EveryNotice
	}
	if t.Channel != m.Channel || t.Country != "" && t.Country != m.Country || t.Purpose != m.Purpose && t.Purpose != every {
		return fit{}, false
	}
	if t.Country == "" {
		f.country = 1
	}
	if t.Purpose != m.Purpose {
		f.purpose = 1
	}
	languages := append(narrowest(m.Locale), narrowest(m.Language)...)
	for i, tag := range languages {
		if strings.EqualFold(tag, t.Locale) {
			f.locale = i
			return f, true
		}
	}
	f.locale = len(languages)
	return f, t.Locale == ""
}

func (f fit) before(other fit) bool {
	return cmp.Or(cmp.Compare(f.country, other.country), cmp.Compare(f.purpose, other.purpose), cmp.Compare(f.locale, other.locale)) < 0
}

// narrowest lists a tag and its parents: zh-Hant-TW, zh-Hant, zh.
func narrowest(tag string) []string {
	var tags []string
	for tag != "" {
		tags = append(tags, tag)
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return tags
}

// minutes returns the remaining life of a code as announced in messages.
func minutes(left time.Duration) int { return max(1, int((left+roundUp)/time.Minute)) }
