package twilio

import (
	"encoding/xml"
	"strings"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
)

const (
	// ringSeconds is how long the phone rings: not until a voicemail, to which
	// the code would be told as well.
	ringSeconds = 25
	// callSeconds ends a call that does not end by itself.
	callSeconds = 120

	defaultSpeech = "en-US"
)

// speech are the languages that <Say> speaks, each with the country it is spoken
// as where nobody asked for another: the first of its tags.
var speech = map[string][]string{
	"ca": {"ca-ES"},
	"cy": {"cy-GB"},
	"da": {"da-DK"},
	"de": {"de-DE"},
	"en": {"en-US", "en-AU", "en-CA", "en-GB", "en-IN"},
	"es": {"es-ES", "es-MX", "es-US"},
	"fi": {"fi-FI"},
	"fr": {"fr-FR", "fr-CA"},
	"hi": {"hi-IN"},
	"is": {"is-IS"},
	"it": {"it-IT"},
	"ja": {"ja-JP"},
	"ko": {"ko-KR"},
	"nb": {"nb-NO"},
	"nl": {"nl-NL"},
	"pl": {"pl-PL"},
	"pt": {"pt-BR", "pt-PT"},
	"ro": {"ro-RO"},
	"ru": {"ru-RU"},
	"sv": {"sv-SE"},
	"tr": {"tr-TR"},
	"zh": {"zh-CN", "zh-HK", "zh-TW"},
}

func (s *Sender) callParams(m delivery.Message) *openapi.CreateCallParams {
	from := s.voice
	if m.From != "" {
		from = m.From
	}
	p := (&openapi.CreateCallParams{}).SetTo(m.To).SetFrom(from).SetTwiml(twiml(m)).
		SetTimeout(ringSeconds).SetTimeLimit(callSeconds)
	if callback := s.callbackFor(m); callback != "" {
		p.SetStatusCallback(callback)
	}
	return p
}

// twiml says the text twice. The digits of the code stand apart in it already.
func twiml(m delivery.Message) string {
	say := `<Say language="` + spoken(m.Language, m.Locale) + `">` + escaped(m.Body) + `</Say>`
	return `<Response>` + say + `<Pause length="1"/>` + say + `</Response>`
}

// spoken is the tag for a text in a language, as in the country of the locale
// asked for if it is of that language.
func spoken(language, locale string) string {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	tags := speech[base]
	for _, wanted := range []string{language, locale} {
		for _, tag := range tags {
			if strings.EqualFold(tag, wanted) {
				return tag
			}
		}
	}
	if len(tags) == 0 {
		return defaultSpeech
	}
	return tags[0]
}

// escaped is text as XML has it. A strings.Builder never fails.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
