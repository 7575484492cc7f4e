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
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

const (
	extension = ".yaml"
	maxFile   = 64 << 10
)

//go:embed texts/*.yaml
var shipped embed.FS

type (
	// codeText is the text of a message with a code. In an e-mail the code is between Lead and
	// the paragraphs of the language.
	codeText struct {
		Sms     string `yaml:"sms"`
		Voice   string `yaml:"voice"`
		Subject string `yaml:"subject"`
		Lead    string `yaml:"lead"`
	}

	// noticeText is the text of a notice. Lead is a complete sentence, which is also the subject
	// of an e-mail.
	noticeText struct {
		Sms  string `yaml:"sms"`
		Lead string `yaml:"lead"`
	}

	// texts is a language file.
	texts struct {
		// Countries are the countries whose numbers get this language if none was requested.
		Countries []string              `yaml:"countries"`
		Codes     map[string]codeText   `yaml:"codes"`
		Notices   map[string]noticeText `yaml:"notices"`
		Email     struct {
			// Code are the paragraphs below every code.
			Code []string `yaml:"code"`
			// Link is the text of the link for signing in. It is optional if there is no link.
			Link string `yaml:"link"`
			// Reset, Change and Contact are the advice of notices, see Notices.
			Reset   string `yaml:"reset"`
			Change  string `yaml:"change"`
			Contact string `yaml:"contact"`
		} `yaml:"email"`

		tag  language.Tag
		file string
		// own marks a file of the operator.
		own bool
	}
)

// load returns the built-in languages, replaced and extended by those of dir, the fallback first.
func load(dir string) (all []*texts, problems []error) {
	all, problems = shippedTexts()
	all = slices.Clone(all)
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

// shippedTexts reads the shipped languages once: a start needs them several times, and
// judging them takes most of it.
var shippedTexts = sync.OnceValues(func() ([]*texts, []error) {
	folder, err := fs.Sub(shipped, "texts")
	if err != nil {
		return nil, []error{err}
	}
	return loadFolder(folder, "texts")
})

func loadFolder(folder fs.FS, dir string) (all []*texts, problems []error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, []error{fmt.Errorf("template: %w", err)}
	}
	for _, entry := range entries {
		// Kubernetes mounts a folder with hidden folders.
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

// parse parses and checks a file.
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

// rivals returns an error for each country that two files of the operator list.
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

// withoutLink returns an error for each language without a text for the link for signing in.
func withoutLink(all []*texts) error {
	var problems []error
	for _, t := range all {
		if t.Email.Link == "" {
			problems = append(problems, fmt.Errorf("template: %s: email.link is missing, and Email.Link is set", t.file))
		}
	}
	return errors.Join(problems...)
}

// pick returns the texts in the given languages, in their order, or all for no languages.
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
