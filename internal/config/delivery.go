package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAppName is the longest name of the app, in characters; how long it may be
// with the texts there are, package template decides.
const maxAppName = 64

// Delivery is about messages of every kind.
type Delivery struct {
	// AppName is the app's name in messages; empty means Name.
	AppName string `json:",optional"`
	// Templates is a folder of language files that add to the shipped ones or
	// replace them; empty means none.
	Templates string `json:",optional"`
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
	if utf8.RuneCountInString(d.AppName) > maxAppName || strings.TrimSpace(d.AppName) != d.AppName ||
		strings.ContainsFunc(d.AppName, unicode.IsControl) {
		k.add("Delivery.AppName", "must have at most %d characters, without control characters and space around, is %q", maxAppName, d.AppName)
	}
}
