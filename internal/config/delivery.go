package config

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// maxAppName is the longest name of the app, in characters. What a long one costs,
// package template says.
const maxAppName = 64

// Delivery is about messages of every kind.
type Delivery struct {
	// AppName is the app's name in messages; empty means Name.
	AppName string `json:",optional"`
	// Texts is a folder of language files that add to the shipped ones or replace
	// them; empty means none.
	Texts string `json:",optional"`
	// Languages are the tags of the languages to write in, that of last resort first;
	// empty means all there are texts in, and English in the last resort.
	Languages []string `json:",optional"`
	// Templates are the texts that have to be registered before they may be sent.
	Templates []Template `json:",optional"`
	// Retention is for how many days the timelines of messages are kept, 0 to
	// 3650; 0 is for good.
	Retention int `json:",default=30"`
	// Concurrency is how many sends run at once, 1 to 1000.
	Concurrency int `json:",default=32"`
	// Routes are looked at in order; the first that fits a message decides.
	// What fits none goes through Sms.Provider.
	Routes []Route `json:",optional"`
}

// AppName is what people know the service by.
func (c Config) AppName() string {
	if c.Delivery.AppName != "" {
		return c.Delivery.AppName
	}
	return c.Name
}

func (d Delivery) check(k *checker) {
	k.between("Delivery.Retention", int64(d.Retention), 0, maxRetention, "days")
	for i, tag := range d.Languages {
		key := element("Delivery.Languages", i)
		if parsed, err := language.Parse(tag); err != nil || parsed.String() != tag {
			k.add(key, "must be a BCP 47 tag, as en or zh-Hant, is %q", tag)
		} else if slices.Contains(d.Languages[:i], tag) {
			k.add(key, "must not be named twice, is %q", tag)
		}
	}
	if utf8.RuneCountInString(d.AppName) > maxAppName || strings.TrimSpace(d.AppName) != d.AppName ||
		strings.ContainsFunc(d.AppName, unicode.IsControl) {
		k.add("Delivery.AppName", "must have at most %d characters, without control characters and space around, is %q", maxAppName, d.AppName)
	}
}
