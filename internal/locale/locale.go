// Package locale parses the languages that clients request: BCP 47 tags, and the spellings of
// Android, iOS, Java and POSIX. Its results are canonical and contain only known subtags of the
// client's text, so they may be stored, logged and passed on.
package locale

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

const (
	// maxText bounds the length of one tag, maxTags the number of tags in a list.
	maxText = 64
	maxTags = 5
	// separator separates the tags of a list.
	separator = ","
)

var (
	// spelled matches a locale: subtags, then optionally a charset and a modifier, as in
	// de_DE.UTF-8@euro.
	spelled = regexp.MustCompile(`^[A-Za-z]{2,8}([_-]{1,2}#?[A-Za-z0-9-]{1,24}){0,5}_?(\.[A-Za-z0-9-]{1,20})?(@[A-Za-z0-9=;,+_-]{1,48})?$`)
	// noLanguage are words in place of a language that do not name one.
	noLanguage = []string{"und", "root", "posix"}
	// scripts are the POSIX modifiers that name a script, as in sr_RS@latin.
	scripts = map[string]string{"latin": "Latn", "cyrillic": "Cyrl", "devanagari": "Deva", "arabic": "Arab", "hebrew": "Hebr"}
)

// Canonical returns the BCP 47 tag of a locale in any of the spellings, or "" for an unknown
// language. ok is false if the text names no language at all.
func Canonical(text string) (tag string, ok bool) {
	if len(text) > maxText || !spelled.MatchString(text) {
		return "", false
	}
	text, modifier, _ := strings.Cut(text, "@")
	text, _, _ = strings.Cut(text, ".")
	subtags := strings.FieldsFunc(text, func(c rune) bool { return c == '_' || c == '-' || c == '#' })
	if slices.Contains(noLanguage, strings.ToLower(subtags[0])) {
		return "", false
	}
	return parse(subtags, scripts[strings.ToLower(modifier)]), true
}

// First returns the first tag of a list of Preferred, or "".
func First(list string) string {
	first, _, _ := strings.Cut(list, separator)
	tag, _ := Canonical(first)
	return tag
}

// Preferred returns the tags of an Accept-Language header, best first, separated by commas. Each
// entry is parsed separately, so that one that is malformed, or truncated at the end of a long
// header, does not invalidate the others.
func Preferred(header string) string {
	type entry struct {
		tag     string
		quality float32
	}
	var entries []entry
	for text := range strings.SplitSeq(header, ",") {
		tags, qualities, err := language.ParseAcceptLanguage(text)
		if err != nil || len(tags) != 1 || qualities[0] <= 0 {
			continue
		}
		if tag := known(tags[0]); tag != "" {
			entries = append(entries, entry{tag, qualities[0]})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.quality, a.quality) })
	list := make([]string, 0, maxTags)
	for _, e := range entries {
		if len(list) < maxTags && !slices.Contains(list, e.tag) {
			list = append(list, e.tag)
		}
	}
	return strings.Join(list, separator)
}

// parse parses subtags, in Java's order too, in which a script may come last. Unknown subtags are
// dropped.
func parse(subtags []string, script string) string {
	lang, rest := subtags[0], subtags[1:]
	// Java spells Nynorsk as a variant.
	if strings.EqualFold(lang, "no") && len(rest) > 1 && strings.EqualFold(rest[1], "NY") {
		lang = "nn"
	}
	var region string
	for i, subtag := range rest {
		if len(subtag) == 1 {
			break // an extension, which does not affect the language
		}
		switch {
		case len(subtag) == 4 && script == "" && subtag[0] > '9':
			script = subtag
		case region == "" && i < 2 && (len(subtag) == 2 || len(subtag) == 3 && subtag[0] <= '9'):
			region = subtag
		}
	}
	text := lang
	for _, subtag := range []string{script, region} {
		if subtag == "" {
			continue
		}
		if _, err := language.Parse(text + "-" + subtag); err == nil {
			text += "-" + subtag
		}
	}
	tag, err := language.Parse(text)
	if err != nil {
		return ""
	}
	return known(tag)
}

// known returns a tag without extensions, or "" if it names no language.
func known(tag language.Tag) string {
	base, script, region := tag.Raw()
	if base.String() == "und" || base.String() == "mul" { // "*" or no language
		return ""
	}
	plain, err := language.Compose(base, script, region)
	if err != nil {
		return ""
	}
	return plain.String()
}
