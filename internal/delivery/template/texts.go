package template

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	// pair is a text for the code and one for the notice.
	pair struct {
		Code   string `yaml:"code"`
		Notice string `yaml:"notice"`
	}

	// letter is an e-mail; the code stands between Lead and Paragraphs.
	letter struct {
		Subject    string   `yaml:"subject"`
		Lead       string   `yaml:"lead"`
		Paragraphs []string `yaml:"paragraphs"`
	}

	// texts is a language file.
	texts struct {
		// Countries are those whose numbers are written to in this language
		// when nobody asked for one.
		Countries []string `yaml:"countries"`
		Sms       pair     `yaml:"sms"`
		Voice     pair     `yaml:"voice"`
		Email     struct {
			Code   letter `yaml:"code"`
			Notice letter `yaml:"notice"`
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
	for _, r := range t.rules() {
		for _, problem := range r.broken() {
			problems = append(problems, r.name+" "+problem)
		}
	}
	return problems
}

func (t *texts) rules() []rule {
	rules := []rule{
		{name: "sms.code", text: t.Sms.Code, codes: 1, app: true, minutes: true},
		{name: "sms.notice", text: t.Sms.Notice, app: true},
		{name: "voice.code", text: t.Voice.Code, codes: 2, app: true, minutes: true},
		{name: "voice.notice", text: t.Voice.Notice, app: true},
	}
	for _, l := range []struct {
		name string
		letter
		minutes bool
	}{{"email.code", t.Email.Code, true}, {"email.notice", t.Email.Notice, false}} {
		rules = append(rules, rule{name: l.name + ".subject", text: l.Subject, app: true},
			rule{name: l.name + ".lead", text: l.Lead, minutes: l.minutes})
		for i, text := range l.Paragraphs {
			rules = append(rules, rule{name: fmt.Sprintf("%s.paragraphs[%d]", l.name, i), text: text, minutes: l.minutes})
		}
	}
	return rules
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

// rank sorts the fallback first.
func (t *texts) rank() string {
	if t.tag.String() == fallback {
		return ""
	}
	return t.tag.String()
}
