package delivery_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
)

// The closest template is chosen: by country, then by purpose, then by language.
func TestTemplates(t *testing.T) {
	row := func(id, purpose, locale, country string) delivery.Template {
		return delivery.Template{ID: id, Channel: delivery.SMS, Purpose: purpose, Locale: locale, Country: country}
	}
	templates := delivery.NewTemplates("Acme", []delivery.Template{
		row("any", "", "", ""), row("reset", "reset", "", ""), row("pt", "", "pt", ""), row("pt-BR", "", "pt-BR", ""),
		row("zh-Hant", "", "zh-Hant", ""), row("reset-de", "reset", "de", ""),
		row("china", "", "", "CN"), row("china-en", "", "en", "CN"),
		row("notice", "notice", "", ""), row("changed", "password_changed", "", ""), row("notice-in", "notice", "", "IN"),
		{ID: "wa", Channel: delivery.WhatsApp, Purpose: "login"},
	})
	for _, tt := range []struct {
		want                                       string
		channel                                    delivery.Channel
		purpose, locale, language, country, secret string
	}{
		{"any", "sms", "login", "", "en", "GB", "1"},
		{"reset", "sms", "reset", "pt-BR", "pt", "BR", "1"}, // the purpose goes before the language
		{"reset-de", "sms", "reset", "de-AT", "de", "AT", "1"},
		{"pt-BR", "sms", "login", "pt-BR", "pt", "BR", "1"},
		{"pt", "sms", "login", "pt-PT", "pt", "PT", "1"},
		{"pt", "sms", "login", "", "pt", "PT", "1"}, // the language of the text
		{"zh-Hant", "sms", "login", "zh-Hant-TW", "zh-Hant", "TW", "1"},
		{"any", "sms", "login", "zh-CN", "zh", "TW", "1"},
		{"china", "sms", "reset", "de", "de", "CN", "1"}, // the country goes before both
		{"china-en", "sms", "reset", "en-GB", "en", "CN", "1"},
		{"changed", "sms", "password_changed", "", "en", "GB", ""},
		{"notice", "sms", "sign_in", "", "en", "GB", ""},
		{"notice-in", "sms", "password_changed", "", "en", "IN", ""},
		{"wa", "whatsapp", "login", "", "en", "IN", "1"},
		{"", "whatsapp", "reset", "", "en", "IN", "1"},
		{"", "voice", "login", "", "en", "IN", "1"},
	} {
		m := delivery.Message{Channel: tt.channel, Purpose: tt.purpose, Locale: tt.locale, Language: tt.language, Country: tt.country, Code: tt.secret}
		got, ok := templates.For(m)
		if got.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%+v: %q %t, want %q", tt, got.ID, ok, tt.want)
		}
	}
	if _, ok := (delivery.Templates{}).For(delivery.Message{Channel: delivery.SMS}); ok {
		t.Error("no templates have one that fits")
	}
}

func TestTemplates_variables(t *testing.T) {
	variables := []delivery.Variable{{Name: "var1", Value: "code"}, {Name: "product", Value: "app"}, {Name: "minutes", Value: "minutes"}}
	templates := delivery.NewTemplates("Acme", []delivery.Template{{ID: "t", Channel: delivery.SMS, Variables: variables}})
	got, _ := templates.For(delivery.Message{Channel: delivery.SMS, Code: "123456", ExpiresIn: 5*time.Minute - time.Second})
	want := []delivery.Variable{{Name: "var1", Value: "123456"}, {Name: "product", Value: "Acme"}, {Name: "minutes", Value: "5"}}
	if diff := cmp.Diff(want, got.Variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if variables[0].Value != "code" {
		t.Error("the row itself was filled")
	}
}
