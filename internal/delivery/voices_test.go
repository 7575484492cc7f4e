package delivery_test

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"user-api/internal/channel"
	"user-api/internal/delivery"
	"user-api/internal/delivery/template"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

// spokenBy are the languages of Twilio's own <Say> library.
var spokenBy = strings.Fields(`af-ZA am-ET ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR
	en-AU en-CA en-GB en-GB-WLS en-IE en-IN en-NZ en-US en-ZA es-ES es-MX es-US fi-FI fil-PH fr-BE fr-CA fr-FR gu-IN he-IL hi-IN
	hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE nl-NL pa-IN pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK
	sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN zh-HK zh-TW`)

// voiceless are the shipped languages without a voice at Twilio.
var voiceless = []string{"ur"}

type call struct {
	Says []struct {
		Language string `xml:"language,attr"`
		Voice    string `xml:"voice,attr"`
		Text     string `xml:",chardata"`
	} `xml:"Say"`
}

// For every language and purpose, the text of a call is in the language of its voice.
func TestCallsAreInTheLanguageOfTheVoice(t *testing.T) {
	texts, err := template.New(template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api := twiliotest.New(t, account, account, secret)
	sender, err := twilio.New(twilio.Options{AccountSID: account, AuthToken: secret, BaseURL: api.URL, Voice: twilio.Voice{From: "+15005550001"}})
	if err != nil {
		t.Fatal(err)
	}
	store := newChallenges()
	c := newCourier(t, embedded(t), store, sender, func(o *delivery.Options) {
		o.Senders = map[delivery.Channel]delivery.Sender{delivery.Voice: sender}
	})
	start(t, c)
	// The text of each call, by its code.
	type wanted struct{ asked, purpose string }
	asked := map[string]wanted{}
	for _, lang := range texts.Languages() {
		for _, purpose := range template.Purposes {
			n := len(asked)
			code := fmt.Sprint(200000 + n)
			asked[code] = wanted{lang, purpose}
			store.add("otp", n, func(o *delivery.Outgoing) {
				o.Channel, o.Locale, o.Purpose, o.Code = delivery.Voice, lang, purpose, code
			})
			enqueue(t, c, "otp", n)
		}
	}
	eventually(t, "the calls", func() bool { return store.settled() == len(asked) })
	for _, request := range api.Requests() {
		var made call
		if err := xml.Unmarshal([]byte(request.Form.Get("Twiml")), &made); err != nil || len(made.Says) != 2 || made.Says[0] != made.Says[1] {
			t.Fatalf("%v in %s, want the same said twice", err, request.Form.Get("Twiml"))
		}
		said := made.Says[0]
		code := codeIn(said.Text)
		want := asked[code]
		delete(asked, code)
		lang := languageOf(texts, said.Text, want.purpose, code)
		if heard := base(said.Language); heard != base(lang) || !slices.Contains(spokenBy, said.Language) {
			t.Errorf("asked for in %s: a voice of %s says a text in %s", want.asked, said.Language, lang)
		}
		if of, _, _ := strings.Cut(strings.TrimPrefix(said.Voice, "Google."), "-Standard"); of != said.Language {
			t.Errorf("voice %s is not of %s", said.Voice, said.Language)
		}
		if expect := want.asked; slices.Contains(voiceless, expect) && lang != "en" || !slices.Contains(voiceless, expect) && lang != expect {
			t.Errorf("asked for in %s, said in %s", expect, lang)
		}
	}
	if len(asked) > 0 {
		t.Errorf("no call for %v", asked)
	}
}

// codeIn returns the code of a spoken text, whose digits are separated.
func codeIn(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	return digits[:len(digits)/2]
}

// languageOf returns the language of a text.
func languageOf(texts *template.Set, text, purpose, code string) string {
	for _, lang := range texts.Languages() {
		r := template.Request{App: "Acme", Channel: channel.Voice, Locale: lang, Purpose: purpose, Code: code, Minutes: 5}
		if texts.Render(r).Text == text {
			return lang
		}
	}
	return "none: " + text
}

// base returns the language of a tag. Mandarin and Cantonese are written as Chinese.
func base(tag string) string {
	lang, _, _ := strings.Cut(tag, "-")
	if lang == "cmn" || lang == "yue" {
		return "zh"
	}
	return lang
}
