// Package template holds what messages say, in every language: codes, each with
// what it is for, and notices of what happened to an account, as text message,
// e-mail and speech.
//
// A language is one file, texts/<BCP 47 tag>.yaml; an operator's folder adds
// languages or replaces shipped ones. Texts are plain but for three
// placeholders, {app}, {code} and {minutes}, so nothing that a user wrote can
// get into a message. A notice has no placeholder for a code. All files are judged
// at the start: a text message that takes more segments than it may whatever the name of
// the app, a link, or an unknown placeholder is a problem reported with the file's name.
//
// docs/messages.md is the page for operators.
package template

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"user-api/internal/channel"
)

// The channels there are texts for, as clients spell them.
const (
	Email    = channel.Email
	SMS      = channel.SMS
	Voice    = channel.Voice
	WhatsApp = channel.WhatsApp
)

// Purposes are what codes are for. A code that binds an address is for a number in
// a text message and in a call, and for an e-mail address in an e-mail.
var Purposes = []string{purposeLogin, "reset", "bind", "delete"}

// purposeLogin is the one whose e-mail may have a link.
const purposeLogin = "login"

// Notices are the notices there are, each with what its e-mail advises.
var Notices = map[string]Advice{
	"password_changed":     AdviseReset,
	"password_reset":       AdviseReset,
	"password_reset_asked": AdviseChange,
	"phone_added":          AdviseReset,
	"email_added":          AdviseReset,
	"phone_replaced":       AdviseContact,
	"email_replaced":       AdviseContact,
	"phone_removed":        AdviseContact,
	"email_removed":        AdviseContact,
	"sign_in":              AdviseReset,

	// What was added outlives a reset of the password, so that the operator is to help;
	// what was removed or used, a reset ends the sessions of whoever did it.
	"totp_added":          AdviseContact,
	"totp_removed":        AdviseReset,
	"recovery_codes_made": AdviseReset,
	"recovery_code_used":  AdviseReset,
	"mfa_reset_asked":     AdviseContact,
	"mfa_reset":           AdviseContact,
	"passkey_added":       AdviseContact,
	"passkey_removed":     AdviseReset,
	"passkey_cloned":      AdviseContact,
	"link_added":          AdviseContact,
	"link_removed":        AdviseReset,
}

// What a notice advises an owner who did not do it.
const (
	// AdviseReset is to reset the password with the address of the notice, which
	// ends all sessions.
	AdviseReset Advice = "reset"
	// AdviseChange is to change the password, which stops a reset that waits.
	AdviseChange Advice = "change"
	// AdviseContact is to contact the operator: the address may open nothing any more.
	AdviseContact Advice = "contact"
)

const (
	// fallback is the language of last resort; there are always texts in it.
	fallback = "en"
)

type (
	// Options configure a Set.
	Options struct {
		// Dir is a folder of more language files; empty means none.
		Dir string
		// Languages are the tags to write in, that of last resort first; empty means
		// all there are texts in, and English in the last resort.
		Languages []string
		// WebOTPDomain is the host whose pages may read the code out of a text
		// message; empty means none. It makes the last line "@host #code".
		WebOTPDomain string
		// AndroidHash is the 11 characters of Android's SMS Retriever that name
		// an app; empty means none. It makes a line of its own.
		AndroidHash string
		// ResetURL is the page where a password is reset. Notices that advise so have
		// it: in an e-mail, and in a text message that still takes one segment with
		// it. Empty means none.
		ResetURL string
		// SignInURL is the page that a link in an e-mail with a code to sign in leads to;
		// empty means that there is none. Challenge and code are in its fragment, which
		// no browser sends to a server.
		SignInURL string
	}

	// Advice is what a notice tells an owner to do who did not do what happened.
	Advice string

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
		// Purpose is one of Purposes; for a notice it is empty.
		Purpose string
		Code    string
		// OtpID names the challenge of the code, for the link that signs in.
		OtpID string
		// Notice is one of Notices; for a code it is empty.
		Notice string
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
		english   *texts   // also where it is not among texts
		matcher   language.Matcher
		countries map[string]*texts
		// tail are the lines that programs read, with {code} in them.
		tail                []string
		resetURL, signInURL string
	}
)

// New reads the shipped languages and those of o.Dir. The error tells every
// problem, one per line.
func New(o Options) (*Set, error) {
	all, problems := load(o.Dir)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	english := all[0] // see rank
	all, err := pick(all, o.Languages)
	if err == nil && o.SignInURL != "" {
		err = withoutLink(all)
	}
	if err != nil {
		return nil, err
	}
	s := &Set{texts: all, english: english, countries: countries(all), resetURL: o.ResetURL, signInURL: o.SignInURL}
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

// Languages are the tags there are texts in, the fallback first.
func (s *Set) Languages() []string {
	tags := make([]string, len(s.texts))
	for i, t := range s.texts {
		tags[i] = t.tag.String()
	}
	return tags
}

// Render returns the message in the best language there is for the request. Its
// Text is empty for a purpose or a notice that is unknown here.
func (s *Set) Render(r Request) Message { return s.render(s.choose(r.Locale, r.Country), r) }

// English is Render, in English whatever was asked for.
func (s *Set) English(r Request) Message { return s.render(s.english, r) }

func (s *Set) render(t *texts, r Request) Message {
	m := Message{Language: t.tag.String()}
	code, known := t.Codes[r.Purpose]
	notice, isNotice := t.Notices[r.Notice]
	switch {
	case !known && !isNotice:
	case r.Channel == Email:
		m.Subject, m.Text, m.HTML = s.email(t, r)
	case isNotice && r.Channel == SMS:
		m.Text = s.withLink(fill(notice.Sms, r), r.Notice)
	case isNotice:
		m.Text = fill(notice.Sms, r)
	case r.Channel == Voice:
		m.Text = speech(code.Voice, r)
	case r.Channel == SMS:
		m.Text = s.sms(t, r)
	default:
		m.Text = fill(code.Sms, r)
	}
	return m
}

// sms is the text of a code, and the lines that programs read.
func (s *Set) sms(t *texts, r Request) string {
	text := fill(t.Codes[r.Purpose].Sms, r)
	if len(s.tail) == 0 {
		return text
	}
	return text + "\n\n" + fill(strings.Join(s.tail, "\n"), r)
}

// withLink adds the page where a password is reset, where that costs no segment.
func (s *Set) withLink(text, notice string) string {
	if with := text + " " + s.resetURL; s.link(notice) != "" && Segments(with) == 1 {
		return with
	}
	return text
}

// link is the page that a notice's advice leads to, or empty.
func (s *Set) link(notice string) string {
	if Notices[notice] == AdviseReset {
		return s.resetURL
	}
	return ""
}

// speech has the digits apart, so that a voice reads them one by one.
func speech(text string, r Request) string {
	r.Code = strings.Join(strings.Split(r.Code, ""), ", ")
	return fill(text, r)
}

// notices are the names of Notices in a fixed order.
func notices() []string { return slices.Sorted(maps.Keys(Notices)) }

// fill sets the placeholders, all at once: what is filled in is not read again.
func fill(text string, r Request) string {
	return strings.NewReplacer("{app}", r.App, "{code}", r.Code, "{minutes}", strconv.Itoa(r.Minutes)).Replace(text)
}
