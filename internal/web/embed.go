package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// ScriptPath is where the web component is. The address stays the same, so that pages can
// name it; what it loads has addresses that change with the content.
const ScriptPath = "/signin.js"

// embedPage is the component's folder in src.
const embedPage = "embed"

type (
	// component is what the script gives the component.
	component struct {
		// Languages are the addresses of what it says and looks like, by locale, from the
		// folder that the script is in.
		Languages map[string]string `json:"languages"`
		Brand     Brand             `json:"brand"`
		Settings  SignIn            `json:"settings"`
		// Captcha is the address of the puzzle, where one may be demanded.
		Captcha string `json:"captcha,omitempty"`
	}

	// spoken is what the component is in one language.
	spoken struct {
		Locale string            `json:"locale"`
		Dir    string            `json:"dir"`
		Texts  map[string]string `json:"texts"`
		Style  string            `json:"style"`
	}
)

// addComponent makes the script, and one file for each language: a page loads that of its
// own alone.
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
		text, err := json.Marshal(spoken{
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

// Script is the web component. It is there while the sign-in page is.
func (s *Site) Script() Asset { return s.script }

// below is an address from the folder that the script is in, which a proxy may serve
// somewhere else.
func below(path string) string { return strings.TrimPrefix(path, "/") }
