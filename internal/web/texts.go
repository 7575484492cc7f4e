package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// sourceLocale is the language from which the texts are translated, and the fallback.
const sourceLocale = "en"

// rightToLeft lists scripts written from right to left.
var rightToLeft = []string{"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"}

// shippedTexts loads the texts once, because a start renders the pages twice.
var shippedTexts = sync.OnceValues(func() (map[string]map[string]string, error) { return readTexts(files) })

// readTexts loads the texts of all languages, by locale and key.
func readTexts(files fs.FS) (map[string]map[string]string, error) {
	names, err := fs.Glob(files, "src/texts/*.json")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		var texts map[string]string
		if err := json.Unmarshal(text, &texts); err != nil {
			return nil, fmt.Errorf("web: %s: %w", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".json")] = texts
	}
	return all, nil
}

// pick returns the available language that fits an Accept-Language header best.
func (s *Site) pick(languages string) string {
	locales := []string{sourceLocale}
	for locale := range s.texts {
		if locale != sourceLocale {
			locales = append(locales, locale)
		}
	}
	slices.Sort(locales[1:])
	tags := make([]language.Tag, len(locales))
	for i, locale := range locales {
		tags[i] = language.MustParse(locale)
	}
	wanted, _, err := language.ParseAcceptLanguage(languages)
	if err != nil {
		return sourceLocale
	}
	_, i, _ := language.NewMatcher(tags).Match(wanted...)
	return locales[i]
}

// direction returns rtl for a language written from right to left, otherwise ltr.
func direction(locale string) string {
	script, _ := language.Make(locale).Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}
