package template

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

const (
	extension = ".yaml"
	maxFile   = 64 << 10
)

var (
	//go:embed texts/*.yaml
	shipped embed.FS

	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	// link is an address, or what phones make a link of: letters around a dot.
	link = regexp.MustCompile(`(?i)://|www\.|[a-z0-9-]\.[a-z]{2}`)
)

type (
	// codeText is what a message with a code says. By e-mail the code stands
	// between Lead and the paragraphs of the language.
	codeText struct {
		Sms     string `yaml:"sms"`
		Voice   string `yaml:"voice"`
		Subject string `yaml:"subject"`
		Lead    string `yaml:"lead"`
	}

	// noticeText is what a notice says. Lead is a whole sentence: an e-mail's
	// subject as well.
	noticeText struct {
		Sms  string `yaml:"sms"`
		Lead string `yaml:"lead"`
	}

	// texts is a language file.
	texts struct {
		// Countries are those whose numbers are written to in this language
		// when nobody asked for one.
		Countries []string              `yaml:"countries"`
		Codes     map[string]codeText   `yaml:"codes"`
		Notices   map[string]noticeText `yaml:"notices"`
		Email     struct {
			// Code are the paragraphs below every code.
			Code []string `yaml:"code"`
			// Reset, Change and Contact are what a notice advises, see Notices.
			Reset   string `yaml:"reset"`
			Change  string `yaml:"change"`
			Contact string `yaml:"contact"`
		} `yaml:"email"`

		tag  language.Tag
		file string
		// own marks a file of the operator.
		own bool
	}

	// rule is what a text must and must not have.
	rule struct {
		name, text string
		// codes is how often {code} occurs.
		codes int
		// app demands {app}; minutes allows {minutes}.
		app, minutes bool
	}
)

// load gives the shipped languages with those of dir in their place or beside
// them, the fallback first.
func load(dir string) (all []*texts, problems []error) {
	folder, err := fs.Sub(shipped, "texts")
	if err != nil {
		return nil, []error{err}
	}
	all, problems = loadFolder(folder, "texts")
	if dir != "" {
		own, more := loadFolder(os.DirFS(dir), dir)
		problems = append(problems, more...)
		problems = append(problems, rivals(own)...)
		for _, t := range own {
			t.own = true
			all = slices.DeleteFunc(all, func(s *texts) bool { return s.tag == t.tag })
		}
		all = append(all, own...)
	}
	slices.SortFunc(all, func(a, b *texts) int { return strings.Compare(a.rank(), b.rank()) })
	return all, problems
}

func loadFolder(folder fs.FS, dir string) (all []*texts, problems []error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, []error{fmt.Errorf("template: %w", err)}
	}
	for _, entry := range entries {
		// Kubernetes mounts a folder with hidden ones in it.
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		file := path.Join(dir, entry.Name())
		t, wrong := read(folder, entry.Name())
		for _, problem := range wrong {
			problems = append(problems, fmt.Errorf("template: %s: %s", file, problem))
		}
		if len(wrong) == 0 {
			t.file = file
			all = append(all, t)
		}
	}
	return all, problems
}

func read(folder fs.FS, name string) (*texts, []string) {
	tag, err := language.Parse(strings.TrimSuffix(name, extension))
	if err != nil || tag.String()+extension != name {
		return nil, []string{"must be named by a BCP 47 tag, as pt-BR" + extension}
	}
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, []string{"cannot be read"}
	}
	t := &texts{tag: tag}
	if problems := t.parse(data); len(problems) > 0 {
		return nil, problems
	}
	return t, nil
}

// parse reads and judges a file.
func (t *texts) parse(data []byte) (problems []string) {
	if len(data) > maxFile {
		return []string{fmt.Sprintf("must have at most %d bytes", maxFile)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(t); err != nil {
		var wrong *yaml.TypeError
		if errors.As(err, &wrong) {
			return wrong.Errors
		}
		return []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if err := dec.Decode(new(texts)); !errors.Is(err, io.EOF) {
		return []string{"must be one YAML document"}
	}
	for _, country := range t.Countries {
		if region, err := language.ParseRegion(country); err != nil || !region.IsCountry() || region.String() != country {
			problems = append(problems, fmt.Sprintf("countries: %q is no ISO 3166 country", country))
		}
	}
	problems = append(problems, t.strangers()...)
	for _, r := range t.rules() {
		for _, problem := range r.broken() {
			problems = append(problems, r.name+" "+problem)
		}
	}
	return problems
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
	return append(rules, rule{name: "email.reset", text: t.Email.Reset}, rule{name: "email.change", text: t.Email.Change},
		rule{name: "email.contact", text: t.Email.Contact})
}

// strangers are texts that no message has.
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
		problems = append(problems, "must not have a link, or what looks like one")
	}
	if strings.ContainsFunc(r.text, forbidden) {
		problems = append(problems, "must be one line without control characters")
	}
	return problems
}

// forbidden are characters that end a line, do something, or turn the text that
// follows around.
func forbidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// rivals finds countries that two files of the operator name.
func rivals(own []*texts) (problems []error) {
	first := map[string]string{}
	for _, t := range own {
		for _, country := range t.Countries {
			if other, ok := first[country]; ok {
				problems = append(problems, fmt.Errorf("template: %s: countries: %s is named in %s too", t.file, country, other))
			}
			first[country] = t.file
		}
	}
	return problems
}

// pick gives the texts in the languages, in their order; all for no languages.
func pick(all []*texts, languages []string) ([]*texts, error) {
	if len(languages) == 0 {
		return all, nil
	}
	var picked []*texts
	var problems []error
	for _, tag := range languages {
		i := slices.IndexFunc(all, func(t *texts) bool { return t.tag.String() == tag })
		if i < 0 {
			problems = append(problems, fmt.Errorf("template: Delivery.Languages: there are no texts in %q", tag))
			continue
		}
		picked = append(picked, all[i])
	}
	return picked, errors.Join(problems...)
}

// rank sorts the fallback first.
func (t *texts) rank() string {
	if t.tag.String() == fallback {
		return ""
	}
	return t.tag.String()
}
