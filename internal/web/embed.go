package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// ScriptPath is the URL path of the web component. It is stable so that pages can refer to
// it; the files it loads have paths that change with their content.
const ScriptPath = "/signin.js"

// embedPage is the component's directory in src.
const embedPage = "embed"

type (
	// component is the data that the script passes to the component.
	component struct {
		// Languages maps locales to the files with texts and styles, relative to the
		// script.
		Languages map[string]string `json:"languages"`
		Brand     Brand             `json:"brand"`
		Settings  SignIn            `json:"settings"`
		// Captcha is the path of the challenge, if one may be required.
		Captcha string `json:"captcha,omitempty"`
	}

	// localized is the component's data in one language.
	localized struct {
		Locale string            `json:"locale"`
		Dir    string            `json:"dir"`
		Texts  map[string]string `json:"texts"`
		Style  string            `json:"style"`
	}
)

// addComponent adds the script, and one file per language, of which a page loads only one.
func (s *Site) addComponent(files fs.FS) error {
	code, err := fs.ReadFile(files, "dist/"+embedPage+".js")
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	style, err := fs.ReadFile(files, "dist/"+embedPage+".css")
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	at, err := s.serve(embedPage+".js", Asset{Type: types[".js"], Data: code})
	if err != nil {
		return err
	}
	all := component{Languages: map[string]string{}, Brand: s.brand, Settings: s.signIn}
	if s.captcha != nil {
		all.Captcha = below(paths[CaptchaPage])
	}
	for _, locale := range slices.Sorted(maps.Keys(s.texts)) {
		text, err := json.Marshal(localized{
			Locale: locale, Dir: direction(locale), Texts: s.textsOf(locale, SignInPage), Style: string(style) + s.brand.style(),
		})
		if err != nil {
			return fmt.Errorf("web: %w", err)
		}
		file, err := s.serve(embedPage+"."+locale+".json", Asset{Type: "application/json", Data: text})
		if err != nil {
			return err
		}
		all.Languages[locale] = below(file)
	}
	given, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	s.script, err = zipped(Asset{Type: types[".js"], Data: fmt.Appendf(nil, "import{define}from%q;define(%s,import.meta.url)\n", "./"+below(at), given)})
	return err
}

// Script returns the web component. It exists if the sign-in page is enabled.
func (s *Site) Script() Asset { return s.script }

// below returns a path relative to the script's directory, which a proxy may serve
// elsewhere.
func below(path string) string { return strings.TrimPrefix(path, "/") }
