// Package template holds the texts of messages in every language: codes for each purpose, and
// notices of events of an account, as text message, e-mail and speech.
//
// Each language is a file, texts/<BCP 47 tag>.yaml; a folder of the operator adds languages or
// replaces built-in ones. Texts are plain except for three placeholders, {app}, {code} and
// {minutes}, so user input cannot get into a message. A notice has no placeholder for a code.
// All files are checked at start-up: a text message with too many segments whatever the name of
// the app, a link, or an unknown placeholder is reported with the file's name.
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

// Purposes are the purposes of codes. A code that binds an address is for a number in a text
// message and in a call, and for an e-mail address in an e-mail.
var Purposes = []string{purposeLogin, "reset", "bind", "delete"}

// purposeLogin is the only purpose whose e-mail may have a link.
const purposeLogin = "login"

// Notices are the notices, each with the advice in its e-mail.
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

	// A factor that was added outlives a reset of the password, so the operator must help. A
	// reset ends the sessions of whoever removed or used one.
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

// The advice to an owner who did not cause the event.
const (
	// AdviseReset is to reset the password with the address of the notice, which ends all
	// sessions.
	AdviseReset Advice = "reset"
	// AdviseChange is to change the password, which cancels a pending reset.
	AdviseChange Advice = "change"
	// AdviseContact is to contact the operator, because the address may be useless by now.
	AdviseContact Advice = "contact"
)

const (
	// fallback is the language of last resort. It always has texts.
	fallback = "en"
)

type (
	// Options configure a Set.
	Options struct {
		// Dir is a folder with additional language files; empty means none.
		Dir string
		// Languages are the languages to use, the fallback first; empty means all, with
		// English as the fallback.
		Languages []string
		// WebOTPDomain is the host whose pages may read the code from a text message; empty
		// means none. It adds a last line "@host #code".
		WebOTPDomain string
		// AndroidHash is the 11 characters of Android's SMS Retriever that identify an app;
		// empty means none. It adds a line.
		AndroidHash string
		// ResetURL is the page for resetting a password. Notices that advise a reset contain
		// it: in an e-mail always, in a text message only if it still fits one segment. Empty
		// means none.
		ResetURL string
		// SignInURL is the page for the link in an e-mail with a code to sign in; empty means
		// none. Challenge and code are in its fragment, which browsers do not send to a
		// server.
		SignInURL string
	}

	// Advice is what a notice advises an owner who did not cause the event.
	Advice string

	// Request is the content of a message. It contains the code, so it must never be logged.
	Request struct {
		// App is the name of the app, from the operator.
		App     string
		Channel string
		// Locale is a BCP 47 tag or an Accept-Language header, or empty.
		Locale string
		// Country is the ISO 3166 country of the number, or empty.
		Country string
		// Purpose is one of Purposes; empty for a notice.
		Purpose string
		Code    string
		// OtpID is the id of the challenge, for the link for signing in.
		OtpID string
		// Notice is one of Notices; empty for a code.
		Notice string
		// Minutes is the remaining life of the code.
		Minutes int
	}

	// Message is a rendered text.
	Message struct {
		// Only e-mails have Subject and HTML.
		Subject string
		// Text is the text message, the plain part of an e-mail or, for Voice, the words to
		// speak.
		Text string
		HTML string
		// Language is the BCP 47 tag of the text.
		Language string
	}

	// Set holds the texts of all languages. It is safe for concurrent use.
	Set struct {
		texts     []*texts // the fallback first
		english   *texts   // even if it is not in texts
		matcher   language.Matcher
		countries map[string]*texts
		// tail holds the lines for programs, with {code}.
		tail                []string
		resetURL, signInURL string
	}
)

// New reads the built-in languages and those of o.Dir. The error lists every problem, one per
// line.
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
	// WebOTP reads the last line; Android finds its hash anywhere.
	if o.AndroidHash != "" {
		s.tail = append(s.tail, o.AndroidHash)
	}
	if o.WebOTPDomain != "" {
		s.tail = append(s.tail, "@"+o.WebOTPDomain+" #{code}")
	}
	return s, nil
}

// Languages returns the tags of the languages, the fallback first.
func (s *Set) Languages() []string {
	tags := make([]string, len(s.texts))
	for i, t := range s.texts {
		tags[i] = t.tag.String()
	}
	return tags
}

// Render returns the message in the best language for the request. Its Text is empty for an
// unknown purpose or notice.
func (s *Set) Render(r Request) Message { return s.render(s.choose(r.Locale, r.Country), r) }

// English is Render in English, whatever was requested.
func (s *Set) English(r Request) Message { return s.render(s.english, r) }

func (s *Set) render(t *texts, r Request) Message {
	m := Message{Language: t.tag.String()}
	code, known := t.Codes[r.Purpose]
	notice, isNotice := t.Notices[r.Notice]
	switch {
	case !known && !isNotice:
	case r.Channel == channel.Email:
		m.Subject, m.Text, m.HTML = s.email(t, r)
	case isNotice && r.Channel == channel.SMS:
		m.Text = s.withLink(fill(notice.Sms, r), r.Notice)
	case isNotice:
		m.Text = fill(notice.Sms, r)
	case r.Channel == channel.Voice:
		m.Text = speech(code.Voice, r)
	case r.Channel == channel.SMS:
		m.Text = s.sms(t, r)
	default:
		m.Text = fill(code.Sms, r)
	}
	return m
}

// sms returns the text of a code with the lines for programs.
func (s *Set) sms(t *texts, r Request) string {
	text := fill(t.Codes[r.Purpose].Sms, r)
	if len(s.tail) == 0 {
		return text
	}
	return text + "\n\n" + fill(strings.Join(s.tail, "\n"), r)
}

// withLink adds the page for resetting a password if it takes no additional segment.
func (s *Set) withLink(text, notice string) string {
	if with := text + " " + s.resetURL; s.link(notice) != "" && Segments(with) == 1 {
		return with
	}
	return text
}

// link returns the page for a notice's advice, or "".
func (s *Set) link(notice string) string {
	if Notices[notice] == AdviseReset {
		return s.resetURL
	}
	return ""
}

// speech separates the digits, so that a voice reads them one at a time.
func speech(text string, r Request) string {
	r.Code = strings.Join(strings.Split(r.Code, ""), ", ")
	return fill(text, r)
}

// notices returns the names of Notices in a fixed order.
func notices() []string { return slices.Sorted(maps.Keys(Notices)) }

// fill replaces the placeholders in one pass: inserted values are not expanded again.
func fill(text string, r Request) string {
	return strings.NewReplacer("{app}", r.App, "{code}", r.Code, "{minutes}", strconv.Itoa(r.Minutes)).Replace(text)
}
