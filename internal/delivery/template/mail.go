package template

import (
	_ "embed"
	"html/template"
	"net/url"
	"strings"
)

var (
	//go:embed layout.html
	layoutText string
	// layout escapes what is filled in. It fails on no input, as every field it
	// names is there.
	layout = template.Must(template.New("layout").Parse(layoutText))
)

// fullStops end a sentence, in the scripts there are texts in.
const fullStops = ".।。۔"

// letter is what an e-mail says, for the layout.
type letter struct {
	Lang, Dir, App, Subject, Lead, Code string
	Paragraphs                          []string
	// Link is a page of the operator's, or empty.
	Link string
	// SignIn is the link that signs in, and SignInText its words; or both are empty.
	SignIn, SignInText string
}

// email returns the parts of an e-mail.
func (s *Set) email(t *texts, r Request) (subject, text, html string) {
	l := s.letter(t, r)
	blocks := []string{l.Lead}
	if l.Code != "" {
		blocks = append(blocks, "    "+l.Code)
	}
	if l.SignIn != "" {
		blocks = append(blocks, l.SignInText+":", l.SignIn)
	}
	blocks = append(blocks, l.Paragraphs...)
	if l.Link != "" {
		blocks = append(blocks, l.Link)
	}
	text = strings.Join(blocks, "\n\n") + "\n"
	var b strings.Builder
	if err := layout.Execute(&b, l); err != nil {
		return l.Subject, text, "" // the plain part serves alone
	}
	return l.Subject, text, b.String()
}

func (s *Set) letter(t *texts, r Request) letter {
	l := letter{Lang: t.tag.String(), Dir: t.dir(), App: r.App}
	if n, ok := t.Notices[r.Notice]; ok {
		advice := map[Advice]string{
			AdviseReset: t.Email.Reset, AdviseChange: t.Email.Change, AdviseContact: t.Email.Contact,
		}[Notices[r.Notice]]
		l.Lead, l.Paragraphs, l.Link = fill(n.Lead, r), []string{fill(advice, r)}, s.link(r.Notice)
		l.Subject = strings.TrimRight(l.Lead, fullStops)
		return l
	}
	c := t.Codes[r.Purpose]
	l.Subject, l.Lead, l.Code = fill(c.Subject, r), fill(c.Lead, r), r.Code
	if l.SignIn = s.signIn(r); l.SignIn != "" {
		l.SignInText = t.Email.Link
	}
	for _, p := range t.Email.Code {
		l.Paragraphs = append(l.Paragraphs, fill(p, r))
	}
	return l
}

// signIn is the link that does what typing the code does, or empty. A code for another
// purpose has none: it is asked for on a page that is open already.
func (s *Set) signIn(r Request) string {
	if s.signInURL == "" || r.Purpose != purposeLogin || r.OtpID == "" {
		return ""
	}
	return s.signInURL + "#" + url.Values{"otpId": {r.OtpID}, "otp": {r.Code}}.Encode()
}
