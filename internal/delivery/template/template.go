// Package template holds what messages say, in every language: the code and the
// notice that an address was replaced, as text message, e-mail and speech.
//
// A language is one file, texts/<BCP 47 tag>.yaml; an operator's folder adds
// languages or replaces shipped ones. Texts are plain but for three
// placeholders, {app}, {code} and {minutes}, so nothing that a user wrote can
// get into a message. All files are judged at the start: a text message that
// would take more segments than it may, a link, or an unknown placeholder is a
// problem told with the file's name.
//
// docs/messages.md tells an operator the same.
package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// The channels there are texts for, as clients spell them.
const (
	Email    = "email"
	SMS      = "sms"
	Voice    = "voice"
	WhatsApp = "whatsapp"
)

const (
	// fallback is the language of last resort; it is always there.
	fallback = "en"
	// longestCode and longestMinutes are the worst case for a text's length.
	longestCode    = "0000000000"
	longestMinutes = 10
)

type (
	// Options configure a Set.
	Options struct {
		// Dir is a folder of more language files; empty means none.
		Dir string
		// WebOTPDomain is the host whose pages may read the code out of a text
		// message; empty means none. It makes the last line "@host #code".
		WebOTPDomain string
		// AndroidHash is the 11 characters of Android's SMS Retriever that name
		// an app; empty means none. It makes a line of its own.
		AndroidHash string
	}

	// Request is what a message is about. It holds the code: it is never to be
	// logged.
	Request struct {
		// App is the name of the app, the operator's word.
		App     string
		Channel string
		// Locale is a BCP 47 tag or an Accept-Language header, or empty.
		Locale string
		// Country is the ISO 3166 country of the number, or empty.
		Country string
		Code    string
		// Notice asks for the text that tells of a replaced address.
		Notice bool
		// Minutes is what is left of the code's life.
		Minutes int
	}

	// Message is a rendered text.
	Message struct {
		// Subject and HTML are for e-mail, else empty.
		Subject string
		// Text is the whole text message, the plain part of an e-mail or, for
		// Voice, what is to be spoken.
		Text string
		HTML string
		// Language is the BCP 47 tag of the text.
		Language string
	}

	// Set is the languages there are. It is safe for concurrent use.
	Set struct {
		texts     []*texts // the fallback first
		matcher   language.Matcher
		countries map[string]*texts
		// tail are the lines that programs read, with {code} in them.
		tail []string
	}
)

// New reads the shipped languages and those of o.Dir. The error tells every
// problem, one per line.
func New(o Options) (*Set, error) {
	all, problems := load(o.Dir)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s := &Set{texts: all, countries: countries(all)}
	tags := make([]language.Tag, len(all))
	for i, t := range all {
		tags[i] = t.tag
	}
	s.matcher = language.NewMatcher(tags)
	// WebOTP is read from the last line, whereas Android finds its hash anywhere.
	if o.AndroidHash != "" {
		s.tail = append(s.tail, o.AndroidHash)
	}
	if o.WebOTPDomain != "" {
		s.tail = append(s.tail, "@"+o.WebOTPDomain+" #{code}")
	}
	return s, nil
}

// Check demands that every text message with this name of the app takes one
// segment, or two with the lines that programs read. The error tells every
// problem, one per line.
func (s *Set) Check(app string) error {
	if strings.TrimSpace(app) == "" || strings.ContainsFunc(app, forbidden) {
		return errors.New("template: the name of the app is empty or has control characters")
	}
	var problems []error
	for _, t := range s.texts {
		r := Request{App: app, Channel: SMS, Code: longestCode, Minutes: longestMinutes}
		for _, text := range []struct{ name, body string }{
			{"sms.code", fill(t.Sms.Code, r)}, {"sms.notice", fill(t.Sms.Notice, r)},
		} {
			if n := Segments(text.body); n > 1 {
				problems = append(problems, fmt.Errorf(
					"template: %s: %s takes %d segments with Delivery.AppName (or Name) %q, want 1", t.file, text.name, n, app))
			}
		}
		if n := Segments(s.sms(t, r)); n > 2 {
			problems = append(problems, fmt.Errorf("template: %s: sms.code takes %d segments with the lines of "+
				"Otp.WebOtpDomain and Otp.AndroidHash, want at most 2", t.file, n))
		}
	}
	return errors.Join(problems...)
}

// Languages are the tags there are texts in, the fallback first.
func (s *Set) Languages() []string {
	tags := make([]string, len(s.texts))
	for i, t := range s.texts {
		tags[i] = t.tag.String()
	}
	return tags
}

// Render gives the message in the best language there is for the request.
func (s *Set) Render(r Request) Message {
	t := s.choose(r.Locale, r.Country)
	m := Message{Language: t.tag.String()}
	switch r.Channel {
	case Email:
		m.Subject, m.Text, m.HTML = t.email(r)
	case Voice:
		m.Text = t.speech(r)
	case SMS:
		m.Text = s.sms(t, r)
	default:
		m.Text = fill(pick(r.Notice, t.Sms), r)
	}
	return m
}

// sms is the text, and for a code the lines that programs read.
func (s *Set) sms(t *texts, r Request) string {
	text := fill(pick(r.Notice, t.Sms), r)
	if r.Notice || len(s.tail) == 0 {
		return text
	}
	return text + "\n\n" + fill(strings.Join(s.tail, "\n"), r)
}

// speech has the digits apart, so that a voice reads them one by one.
func (t *texts) speech(r Request) string {
	r.Code = strings.Join(strings.Split(r.Code, ""), ", ")
	return fill(pick(r.Notice, t.Voice), r)
}

// fill sets the placeholders, all at once: what is filled in is not read again.
func fill(text string, r Request) string {
	return strings.NewReplacer("{app}", r.App, "{code}", r.Code, "{minutes}", strconv.Itoa(r.Minutes)).Replace(text)
}

func pick(notice bool, p pair) string {
	if notice {
		return p.Notice
	}
	return p.Code
}
