package template

import (
	_ "embed"
	"net/url"
	"strings"

	"user-api/internal/markup"
)

// layout is an e-mail. The constants are its optional rows.
//
//go:embed layout.html
var layout string

const (
	codeRow = `<tr><td style="padding:20px 32px 0;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="code" align="center" dir="ltr" style="padding:18px 8px;background-color:#f6f8fa;border:1px solid #e1e4e8;border-radius:8px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:34px;line-height:40px;font-weight:700;letter-spacing:5px;color:#0b0d0f;">{code}</td>
</tr></table>
</td></tr>
`
	signInRow = `<tr><td align="center" style="padding:20px 32px 0;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;"><a class="text" href="{link}" rel="noreferrer" style="color:#1f2328;font-weight:600;">{text}</a></td></tr>
`
	paragraphRow = `<tr><td class="soft" style="padding:20px 32px 0;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#57606a;">{text}</td></tr>
`
	linkRow = `<tr><td style="padding:20px 32px 0;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;"><a class="text" href="{link}" dir="ltr" style="color:#1f2328;">{link}</a></td></tr>
`
)

// fullStops end a sentence in the scripts of the texts.
const fullStops = ".।。۔"

// letter is the content of an e-mail, for the layout.
type letter struct {
	Lang, Dir, App, Subject, Lead, Code string
	Paragraphs                          []string
	// Link is a page of the operator, or empty.
	Link string
	// SignIn is the link for signing in, and SignInText its text; or both are empty.
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
	return l.Subject, text, l.html()
}

// html returns the letter in HTML.
func (l letter) html() string {
	var rows strings.Builder
	if l.Code != "" {
		rows.WriteString(markup.Fill(codeRow, "{code}", l.Code))
	}
	if l.SignIn != "" {
		rows.WriteString(markup.Fill(signInRow, "{link}", l.SignIn, "{text}", l.SignInText))
	}
	for _, p := range l.Paragraphs {
		rows.WriteString(markup.Fill(paragraphRow, "{text}", p))
	}
	if l.Link != "" {
		rows.WriteString(markup.Fill(linkRow, "{link}", l.Link))
	}
	begin, end, _ := strings.Cut(layout, "{rows}\n")
	return markup.Fill(begin, "{lang}", l.Lang, "{dir}", l.Dir, "{app}", l.App, "{subject}", l.Subject, "{lead}", l.Lead) + rows.String() + end
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

// signIn returns the link that replaces typing the code, or "". A code for another purpose has
// none, because it is entered on a page that is already open.
func (s *Set) signIn(r Request) string {
	if s.signInURL == "" || r.Purpose != purposeLogin || r.OtpID == "" {
		return ""
	}
	return s.signInURL + "#" + url.Values{"otpId": {r.OtpID}, "otp": {r.Code}}.Encode()
}
