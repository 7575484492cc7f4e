package delivery

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// EveryNotice is the Purpose of a Template for whatever notice has none of its own.
const EveryNotice = "notice"

// What a Variable may stand for.
const (
	valueApp     = "app"
	valueCode    = "code"
	valueMinutes = "minutes"
)

type (
	// Template is a text that has to be registered before it may be sent: with a
	// country's registry, a network or WhatsApp.
	Template struct {
		Channel Channel
		// Purpose is that of a Message, or EveryNotice; empty means every code.
		Purpose string
		// Locale is a BCP 47 tag, Country an ISO 3166 code; empty means all.
		Locale, Country string
		// ID names the template, Language is the one it is registered in, as the
		// provider spells it, Sign a name that stands before the text, Entity and
		// Header are ids in India's registry.
		ID, Language, Sign, Entity, Header string
		// Variables are those of the text, in order: each Value names what it stands
		// for (code, minutes or app), or, once it is filled, is that.
		Variables []Variable
	}

	// Variable is one of a template's.
	Variable struct{ Name, Value string }

	// Templates are those of one provider. The zero value has none.
	Templates struct {
		app  string
		rows []Template
	}

	// fit tells how closely a template fits a message, the smaller the closer.
	fit struct{ country, purpose, locale int }
)

// NewTemplates returns the templates; app is the name of the app in them.
func NewTemplates(app string, rows []Template) Templates { return Templates{app, rows} }

// For is the template that fits a message most closely, with its variables filled.
// One for the number's country goes before one for all; then one for the purpose
// before one for every code, or every notice; then one for the language asked for, in
// that country, in that language, in the language of the text, before one for
// everybody.
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

// narrowest lists a tag and what it is a part of: zh-Hant-TW, zh-Hant, zh.
func narrowest(tag string) []string {
	var tags []string
	for tag != "" {
		tags = append(tags, tag)
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return tags
}

// minutes is what is left of a code's life, as messages say it.
func minutes(left time.Duration) int { return max(1, int((left+roundUp)/time.Minute)) }
