package template

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// rightToLeft are the modern scripts that are written from right to left.
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}

// choose returns the requested language, otherwise that of the number's country, otherwise the
// fallback.
func (s *Set) choose(locale, country string) *texts {
	if wanted := wanted(locale); len(wanted) > 0 {
		if _, i, confidence := s.matcher.Match(wanted...); confidence != language.No {
			return s.texts[i]
		}
	}
	if t, ok := s.countries[country]; ok {
		return t
	}
	return s.texts[0]
}

// wanted parses a tag or an Accept-Language header, best first. Each entry is parsed
// separately, so that one that is unknown, or truncated at the end of a long header, does not
// invalidate the others.
func wanted(locale string) []language.Tag {
	type entry struct {
		tag     language.Tag
		quality float32
	}
	var entries []entry
	for text := range strings.SplitSeq(locale, ",") {
		tags, qualities, err := language.ParseAcceptLanguage(text)
		if err == nil && len(tags) == 1 {
			entries = append(entries, entry{tags[0], qualities[0]})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.quality, a.quality) })
	tags := make([]language.Tag, len(entries))
	for i, e := range entries {
		tags[i] = e.tag
	}
	return tags
}

// dir returns the direction of the language's script.
func (t *texts) dir() string {
	script, _ := t.tag.Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// countries maps each country to the language that lists it. Files of the operator take
// precedence.
func countries(all []*texts) map[string]*texts {
	byCountry := map[string]*texts{}
	for _, own := range []bool{false, true} {
		for _, t := range all {
			for _, country := range t.Countries {
				if t.own == own {
					byCountry[country] = t
				}
			}
		}
	}
	return byCountry
}
