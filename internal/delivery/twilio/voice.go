package twilio

import (
	"encoding/xml"
	"strings"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"user-api/internal/delivery"
)

// english is the language of Message.English.
const english = "en"

const (
	// ringSeconds is how long the phone rings: not until voicemail answers, which would
	// record the code.
	ringSeconds = 25
	// callSeconds ends a call that does not end on its own.
	callSeconds = 120
)

// voice is a language and a voice of <Say>. A voice with the wrong language ends the call in
// silence.
type voice struct{ language, name string }

// voices are the voices of <Say> by the language of a text, each with a country. The first one is
// used for other countries. The names are from Twilio's page on text-to-speech, of the cheapest
// kind.
var voices = map[string][]voice{
	"af":      {{"af-ZA", "Google.af-ZA-Standard-A"}},
	"am":      {{"am-ET", "Google.am-ET-Standard-A"}},
	"ar":      {{"ar-XA", "Google.ar-XA-Standard-A"}},
	"bg":      {{"bg-BG", "Google.bg-BG-Standard-A"}},
	"bn":      {{"bn-IN", "Google.bn-IN-Standard-A"}},
	"ca":      {{"ca-ES", "Google.ca-ES-Standard-A"}},
	"cs":      {{"cs-CZ", "Google.cs-CZ-Standard-A"}},
	"da":      {{"da-DK", "Google.da-DK-Standard-A"}},
	"de":      {{"de-DE", "Google.de-DE-Standard-A"}},
	"el":      {{"el-GR", "Google.el-GR-Standard-A"}},
	"en":      {{"en-US", "Google.en-US-Standard-A"}, {"en-AU", "Google.en-AU-Standard-A"}, {"en-GB", "Google.en-GB-Standard-A"}, {"en-IN", "Google.en-IN-Standard-A"}},
	"es":      {{"es-ES", "Google.es-ES-Standard-A"}, {"es-MX", "Polly.Mia"}, {"es-US", "Google.es-US-Standard-A"}},
	"fi":      {{"fi-FI", "Google.fi-FI-Standard-A"}},
	"fil":     {{"fil-PH", "Google.fil-PH-Standard-A"}},
	"fr":      {{"fr-FR", "Google.fr-FR-Standard-A"}, {"fr-CA", "Google.fr-CA-Standard-A"}},
	"gu":      {{"gu-IN", "Google.gu-IN-Standard-A"}},
	"he":      {{"he-IL", "Google.he-IL-Standard-A"}},
	"hi":      {{"hi-IN", "Google.hi-IN-Standard-A"}},
	"hu":      {{"hu-HU", "Google.hu-HU-Standard-A"}},
	"id":      {{"id-ID", "Google.id-ID-Standard-A"}},
	"is":      {{"is-IS", "Google.is-IS-Standard-A"}},
	"it":      {{"it-IT", "Google.it-IT-Standard-A"}},
	"ja":      {{"ja-JP", "Google.ja-JP-Standard-A"}},
	"kn":      {{"kn-IN", "Google.kn-IN-Standard-A"}},
	"ko":      {{"ko-KR", "Google.ko-KR-Standard-A"}},
	"lv":      {{"lv-LV", "Google.lv-LV-Standard-A"}},
	"ml":      {{"ml-IN", "Google.ml-IN-Standard-A"}},
	"mr":      {{"mr-IN", "Google.mr-IN-Standard-A"}},
	"ms":      {{"ms-MY", "Google.ms-MY-Standard-A"}},
	"nb":      {{"nb-NO", "Google.nb-NO-Standard-A"}},
	"nl":      {{"nl-NL", "Google.nl-NL-Standard-A"}, {"nl-BE", "Google.nl-BE-Standard-A"}},
	"pa":      {{"pa-IN", "Google.pa-IN-Standard-A"}},
	"pl":      {{"pl-PL", "Google.pl-PL-Standard-A"}},
	"pt":      {{"pt-BR", "Google.pt-BR-Standard-A"}, {"pt-PT", "Google.pt-PT-Standard-A"}},
	"ro":      {{"ro-RO", "Google.ro-RO-Standard-A"}},
	"ru":      {{"ru-RU", "Google.ru-RU-Standard-A"}},
	"sk":      {{"sk-SK", "Google.sk-SK-Standard-A"}},
	"sr":      {{"sr-RS", "Google.sr-RS-Standard-A"}},
	"sv":      {{"sv-SE", "Google.sv-SE-Standard-A"}},
	"ta":      {{"ta-IN", "Google.ta-IN-Standard-A"}},
	"te":      {{"te-IN", "Google.te-IN-Standard-A"}},
	"th":      {{"th-TH", "Google.th-TH-Standard-A"}},
	"tr":      {{"tr-TR", "Google.tr-TR-Standard-A"}},
	"uk":      {{"uk-UA", "Google.uk-UA-Standard-A"}},
	"vi":      {{"vi-VN", "Google.vi-VN-Standard-A"}},
	"zh":      {{"cmn-CN", "Google.cmn-CN-Standard-A"}},
	"zh-Hant": {{"cmn-TW", "Google.cmn-TW-Standard-A"}, {"yue-HK", "Google.yue-HK-Standard-A"}},
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

// twiml says the text twice. The digits of the code are already separated. If there is no voice
// for the language, the text is English.
func twiml(m delivery.Message) string {
	text := m.Body
	v, ok := voiceFor(m.Language, m.Locale, m.Country)
	if !ok {
		text = m.English
		v, _ = voiceFor(english, m.Locale, m.Country)
	}
	say := `<Say language="` + v.language + `" voice="` + v.name + `">` + escaped(text) + `</Say>`
	return `<Response>` + say + `<Pause length="1"/>` + say + `</Response>`
}

// voiceFor returns the voice for a text in a language. It prefers the country of the language
// tag, then that of the requested locale if it has the same language, then that of the number.
// It returns false if there is no voice.
func voiceFor(language, locale, country string) (voice, bool) {
	base, _, _ := strings.Cut(language, "-")
	spoken := voices[language]
	if len(spoken) == 0 {
		spoken = voices[base]
	}
	if len(spoken) == 0 {
		return voice{}, false
	}
	wanted := []string{regionOf(language), "", country}
	if asked, _, _ := strings.Cut(locale, "-"); asked == base {
		wanted[1] = regionOf(locale)
	}
	for _, region := range wanted {
		for _, v := range spoken {
			if region != "" && regionOf(v.language) == region {
				return v, true
			}
		}
	}
	return spoken[0], true
}

// regionOf returns the country of a canonical BCP 47 tag, or "".
func regionOf(tag string) string {
	parts := strings.Split(tag, "-")
	if last := parts[len(parts)-1]; len(parts) > 1 && len(last) == 2 {
		return last
	}
	return ""
}

// escaped escapes text for XML. A strings.Builder never fails.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
