package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	// link matches a URL, or what phones turn into a link: letters around a dot.
	link = regexp.MustCompile(`(?i)://|www\.|[a-z0-9-]\.[a-z]{2}`)
)

// rule is what a text must and must not contain.
type rule struct {
	name, text string
	// codes is the number of {code}.
	codes int
	// app requires {app}; minutes permits {minutes}.
	app, minutes bool
}

func (t *texts) rules() (rules []rule) {
	for _, purpose := range Purposes {
		c, name := t.Codes[purpose], "codes."+purpose
		rules = append(rules,
			rule{name: name + ".sms", text: c.Sms, codes: 1, app: true, minutes: true},
			rule{name: name + ".voice", text: c.Voice, codes: 2, app: true, minutes: true},
			rule{name: name + ".subject", text: c.Subject, app: true},
			rule{name: name + ".lead", text: c.Lead, minutes: true})
	}
	for _, notice := range notices() {
		n, name := t.Notices[notice], "notices."+notice
		rules = append(rules, rule{name: name + ".sms", text: n.Sms, app: true}, rule{name: name + ".lead", text: n.Lead, app: true})
	}
	for i, text := range t.Email.Code {
		rules = append(rules, rule{name: fmt.Sprintf("email.code[%d]", i), text: text, minutes: true})
	}
	if t.Email.Link != "" {
		rules = append(rules, rule{name: "email.link", text: t.Email.Link})
	}
	return append(rules, rule{name: "email.reset", text: t.Email.Reset}, rule{name: "email.change", text: t.Email.Change},
		rule{name: "email.contact", text: t.Email.Contact})
}

// strangers returns problems with texts that no message uses.
func (t *texts) strangers() (problems []string) {
	for _, name := range slices.Sorted(maps.Keys(t.Codes)) {
		if !slices.Contains(Purposes, name) {
			problems = append(problems, fmt.Sprintf("codes.%s is unknown, want %s", name, strings.Join(Purposes, ", ")))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Notices)) {
		if _, known := Notices[name]; !known {
			problems = append(problems, fmt.Sprintf("notices.%s is unknown, want %s", name, strings.Join(notices(), ", ")))
		}
	}
	return problems
}

func (r rule) broken() (problems []string) {
	if strings.TrimSpace(r.text) == "" {
		return []string{"is missing"}
	}
	names := placeholder.FindAllString(r.text, -1)
	for _, name := range names {
		if name != "{app}" && name != "{code}" && (name != "{minutes}" || !r.minutes) {
			problems = append(problems, fmt.Sprintf("must not have %s", name))
		}
	}
	if rest := placeholder.ReplaceAllString(r.text, ""); strings.ContainsAny(rest, "{}") {
		problems = append(problems, "has a brace without its other half")
	}
	if n := strings.Count(r.text, "{code}"); n != r.codes {
		problems = append(problems, fmt.Sprintf("must have {code} %d times, has it %d times", r.codes, n))
	}
	if r.app && !slices.Contains(names, "{app}") {
		problems = append(problems, "must have {app}")
	}
	if link.MatchString(placeholder.ReplaceAllString(r.text, "")) {
		problems = append(problems, "must not have a link, or anything that looks like one")
	}
	if strings.ContainsFunc(r.text, forbidden) {
		problems = append(problems, "must be one line without control characters")
	}
	return problems
}

// forbidden reports whether a character ends a line, is a control character, or changes the
// direction of the text.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
