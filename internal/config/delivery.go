package config

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// maxAppName is the maximum length of the app name, in characters. Package template
// explains the cost of a long one.
const maxAppName = 64

// Delivery configures messages of all kinds.
type Delivery struct {
	// AppName is the app's name in messages; empty means Name.
	AppName string `json:",optional"`
	// Texts is a directory of language files that extend or replace the built-in ones;
	// empty means none.
	Texts string `json:",optional"`
	// Languages lists the tags of the languages to write in, the fallback first; empty
	// means all available languages, with English as the fallback.
	Languages []string `json:",optional"`
	// Templates lists the texts that must be registered before they may be sent.
	Templates []Template `json:",optional"`
	// Retention is the number of days for which message timelines are kept, 0 to 3650; 0
	// means forever.
	Retention int `json:",default=30"`
	// Concurrency is the maximum number of concurrent sends, 1 to 1000.
	Concurrency int `json:",default=32"`
	// Routes are evaluated in order; the first that matches a message decides. Messages
	// without a match go through Sms.Provider.
	Routes []Route `json:",optional"`
}

// AppName returns the name by which users know the service.
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
			k.add(key, "must be a BCP 47 tag such as en or zh-Hant, is %q", tag)
		} else if slices.Contains(d.Languages[:i], tag) {
			k.add(key, "must not be named twice, is %q", tag)
		}
	}
	if utf8.RuneCountInString(d.AppName) > maxAppName || strings.TrimSpace(d.AppName) != d.AppName ||
		strings.ContainsFunc(d.AppName, unicode.IsControl) {
		k.add("Delivery.AppName", "must have at most %d characters, without control characters and space around, is %q", maxAppName, d.AppName)
	}
}
