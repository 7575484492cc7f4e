// Package channel lists the channels of messages, as clients and operators spell them.
package channel

import (
	"slices"
	"strings"
)

// The channels.
const (
	SMS      = "sms"
	WhatsApp = "whatsapp"
	Voice    = "voice"
	Email    = "email"
)

// phone are the channels of a phone, the default first.
var phone = []string{SMS, WhatsApp, Voice}

// Phone lists the channels of a phone, the default first.
func Phone() []string { return slices.Clone(phone) }

// All lists the channels.
func All() []string { return append(Phone(), Email) }

// IsPhone reports whether word is a channel of a phone.
func IsPhone(word string) bool { return slices.Contains(phone, word) }

// Or joins words as in a sentence: a, b or c.
func Or(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
