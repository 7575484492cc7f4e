package template

import (
	_ "embed"
	"html/template"
	"strings"
)

var (
	//go:embed layout.html
	layoutText string
	// layout escapes what is filled in. It fails on no input, as every field it
	// names is there.
	layout = template.Must(template.New("layout").Parse(layoutText))
)

// email gives the parts of an e-mail.
func (t *texts) email(r Request) (subject, text, html string) {
	l := t.Email.Code
	if r.Notice {
		l, r.Code = t.Email.Notice, ""
	}
	page := struct {
		Lang, Dir, App, Subject, Lead, Code string
		Paragraphs                          []string
	}{Lang: t.tag.String(), Dir: t.dir(), App: r.App, Subject: fill(l.Subject, r), Lead: fill(l.Lead, r), Code: r.Code}
	blocks := []string{page.Lead}
	if page.Code != "" {
		blocks = append(blocks, "    "+page.Code)
	}
	for _, p := range l.Paragraphs {
		page.Paragraphs = append(page.Paragraphs, fill(p, r))
	}
	blocks = append(blocks, page.Paragraphs...)
	var b strings.Builder
	if err := layout.Execute(&b, page); err != nil {
		return page.Subject, strings.Join(blocks, "\n\n") + "\n", "" // the plain part serves alone
	}
	return page.Subject, strings.Join(blocks, "\n\n") + "\n", b.String()
}
