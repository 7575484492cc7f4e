// Package web provides the built-in pages with their scripts and styles. They load nothing
// from other hosts, and their policy allows nothing else to run.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"user-api/internal/markup"
)

// The names of the pages, equal to their directories in src.
const (
	SignInPage  = "signin"
	AccountPage = "account"
	AdminPage   = "admin"
	InboxPage   = "inbox"
)

// files contains the output of `make generate` for src, and the texts.
//
//go:embed dist src/texts
var files embed.FS

type (
	// Options configures the pages.
	Options struct {
		// Pages lists the enabled pages.
		Pages []string
		// Brand is the operator's branding.
		Brand Brand
		// Framers lists the origins that may frame the pages, except the admin page.
		Framers []string
		// Account is the data for the account page.
		Account Account
		// SignIn is the data for the sign-in page.
		SignIn SignIn
		// Embedders lists the origins whose pages may use the web component.
		Embedders []string
		// Captcha is the captcha that the sign-in may require; nil for none.
		Captcha *Captcha
	}

	// Site contains the enabled pages and their files.
	Site struct {
		brand     Brand
		framers   []string
		account   Account
		signIn    SignIn
		embedders []string
		captcha   *Captcha
		// texts maps locales to texts by key.
		texts map[string]map[string]string
		// assets maps paths to files, addresses maps file names to paths.
		assets    map[string]Asset
		addresses map[string]string
		// links maps pages to their paths.
		links map[string]string
		// script is the web component.
		script Asset
	}

	// Page is a rendered page with its Content-Security-Policy.
	Page struct {
		Policy, HTML string
	}

	// Asset is a static file. Zipped is Data compressed with gzip.
	Asset struct {
		Type         string
		Data, Zipped []byte
		// Policy is its Content-Security-Policy, if a browser may open it as a page.
		Policy string
	}

	// given is the data embedded in a page for its script.
	given struct {
		Locale string            `json:"locale"`
		Texts  map[string]string `json:"texts"`
		Brand  Brand             `json:"brand"`
		Links  map[string]string `json:"links"`
		Data   any               `json:"data"`
	}
)

// paths maps pages to their paths.
var paths = map[string]string{SignInPage: "/", AccountPage: "/account", AdminPage: "/admin/ui", DocsPage: "/docs", InboxPage: "/dev/inbox", CaptchaPage: "/captcha"}

// types maps extensions to media types.
var types = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// policy allows the files and the API of this origin and nothing else. No text can become
// markup or script (Trusted Types).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; " +
	"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "

// icon is the icon of every page; without one browsers request /favicon.ico.
const icon = `<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232457d6'/%3E%3Ccircle cx='8' cy='8' r='3' fill='%23fff'/%3E%3C/svg%3E">
`

const page = `<!doctype html>
<html lang="{locale}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
` + icon + `<link rel="stylesheet" href="{style}">
<script type="module" src="{script}"></script>
</head>
<body>
<main id="app"></main>
<noscript><p>{noscript}</p></noscript>
<script type="application/json" id="page">`

const pageEnd = `</script>
</body>
</html>
`

// New loads the files of the enabled pages.
func New(o Options) (*Site, error) { return newSite(files, o) }

func newSite(files fs.FS, o Options) (*Site, error) {
	s := &Site{brand: o.Brand, framers: o.Framers, account: o.Account, signIn: o.SignIn, assets: map[string]Asset{}, addresses: map[string]string{}, links: map[string]string{}}
	s.embedders, s.captcha = o.Embedders, o.Captcha
	var err error
	if s.texts, err = shippedTexts(); err != nil {
		return nil, err
	}
	if len(o.Pages) > 0 {
		if err := s.addLogo(); err != nil {
			return nil, err
		}
	}
	for _, name := range o.Pages {
		for _, ext := range []string{".js", ".css"} {
			if err := s.add(files, name+ext); err != nil {
				return nil, err
			}
		}
		s.links[name] = paths[name]
	}
	if s.links[SignInPage] != "" {
		if err := s.addComponent(files); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add loads a file of dist. The brand color is appended to styles.
func (s *Site) add(files fs.FS, name string) error {
	data, err := fs.ReadFile(files, "dist/"+name)
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	if path.Ext(name) == ".css" {
		data = append(data, s.brand.style()...)
	}
	_, err = s.serve(name, Asset{Type: types[path.Ext(name)], Data: data})
	return err
}

// serve assigns a path with a digest of the content to a file, so that it can be cached
// forever.
func (s *Site) serve(name string, file Asset) (at string, err error) {
	if file, err = zipped(file); err != nil {
		return "", err
	}
	sum := sha256.Sum256(file.Data)
	at = address(hex.EncodeToString(sum[:8]), name)
	s.assets[at] = file
	s.addresses[name] = at
	return at, nil
}

// compressed caches the results of zipped by the digest of the data. A start renders the
// pages twice, once to check the configuration.
var compressed sync.Map

// zipped compresses the data of a file.
func zipped(file Asset) (Asset, error) {
	sum := sha256.Sum256(file.Data)
	if made, ok := compressed.Load(sum); ok {
		file.Zipped = made.([]byte)
		return file, nil
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	if _, err := z.Write(file.Data); err != nil {
		return Asset{}, fmt.Errorf("web: %w", err)
	}
	if err := z.Close(); err != nil {
		return Asset{}, fmt.Errorf("web: %w", err)
	}
	file.Zipped = out.Bytes()
	compressed.Store(sum, file.Zipped)
	return file, nil
}

func address(hash, name string) string { return "/assets/" + hash + "/" + name }

// On reports whether a page is enabled.
func (s *Site) On(name string) bool { return s.links[name] != "" }

// Paths returns the paths of the enabled pages, except the inbox, which also serves
// programs.
func (s *Site) Paths() []string {
	var on []string
	for name, at := range s.links {
		if name != InboxPage {
			on = append(on, at)
		}
	}
	slices.Sort(on)
	return on
}

// Off reports whether a path belongs only to a disabled page. The inbox also serves
// programs, so only the paths below it depend on its page.
func (s *Site) Off(path string) bool {
	if path == ScriptPath {
		path = paths[SignInPage]
	}
	for name, at := range paths {
		if at == path {
			return name != InboxPage && !s.On(name)
		}
	}
	return strings.HasPrefix(path, paths[InboxPage]+"/") && !s.On(InboxPage)
}

// Page returns a page in the language that fits an Accept-Language header best; data is for
// its script and may be nil.
func (s *Site) Page(name, languages string, data any) (Page, error) {
	locale := s.pick(languages)
	texts := s.textsOf(locale, name)
	own, err := json.Marshal(given{Locale: locale, Texts: texts, Brand: s.brand, Links: s.links, Data: data})
	if err != nil {
		return Page{}, fmt.Errorf("web: %w", err)
	}
	begin := markup.Fill(page,
		"{locale}", locale, "{dir}", direction(locale), "{title}", strings.ReplaceAll(texts[name+".title"], "{name}", s.brand.Name),
		"{style}", s.addresses[name+".css"], "{script}", s.addresses[name+".js"], "{noscript}", texts["shared.noscript"])
	// json escapes characters that could end the element.
	return Page{Policy: s.policyOf(name), HTML: begin + string(own) + pageEnd}, nil
}

// policyOf returns the policy of a page, which ends with the allowed frame ancestors.
func (s *Site) policyOf(name string) string {
	framers := s.framers
	rules := policy
	switch {
	case name == AdminPage:
		framers = nil // clickjacking would do too much harm
	case name == InboxPage:
		framers = nil                        // it shows codes
		rules = "frame-src 'self'; " + rules // for emails
	case name == CaptchaPage:
		// Everything that may frame the sign-in also contains this page.
		framers = slices.Concat([]string{"'self'"}, s.framers, s.embedders)
		rules = captchaPolicy(s.captcha.Provider)
	case name == SignInPage && s.captcha != nil:
		rules = "frame-src 'self'; " + rules
	}
	if len(framers) == 0 {
		framers = []string{"'none'"}
	}
	return rules + "frame-ancestors " + strings.Join(framers, " ")
}

// Asset returns a file by the digest of its content and its name.
func (s *Site) Asset(hash, name string) (Asset, bool) {
	asset, ok := s.assets[address(hash, name)]
	return asset, ok
}

// textsOf returns the texts of a page, including the shared ones.
func (s *Site) textsOf(locale, name string) map[string]string {
	texts := maps.Clone(s.texts[locale])
	maps.DeleteFunc(texts, func(key, _ string) bool {
		return !strings.HasPrefix(key, name+".") && !strings.HasPrefix(key, "shared.")
	})
	return texts
}
