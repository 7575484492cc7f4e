package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"strings"
)

// The names of the pages, which are those of their folders in src.
const (
	SignInPage  = "signin"
	AccountPage = "account"
	AdminPage   = "admin"
)

// files has what `make generate` makes of src, and the texts.
//
//go:embed dist src/texts
var files embed.FS

type (
	// Options say what the pages look like and which there are.
	Options struct {
		// Pages are the pages that are switched on.
		Pages []string
		// Brand is how the service shows itself.
		Brand Brand
	}

	// Brand is what the pages show of the operator.
	Brand struct {
		Name string `json:"name"`
	}

	// Site has the pages that are switched on, and their files.
	Site struct {
		brand Brand
		// texts are by locale and key.
		texts map[string]map[string]string
		// assets are by address, addresses by the name of the file.
		assets    map[string]Asset
		addresses map[string]string
		// links has where each page is served.
		links map[string]string
	}

	// Page is a page to answer with: its text, and the Content-Security-Policy that says
	// all it may do.
	Page struct {
		Policy, HTML string
	}

	// Asset is a file of a page. Zipped is Data compressed by gzip.
	Asset struct {
		Type         string
		Data, Zipped []byte
	}

	// given is what the script of a page reads from it.
	given struct {
		Locale string            `json:"locale"`
		Texts  map[string]string `json:"texts"`
		Brand  Brand             `json:"brand"`
		Links  map[string]string `json:"links"`
		Data   any               `json:"data"`
	}
)

// paths are where the pages are served.
var paths = map[string]string{SignInPage: "/", AccountPage: "/account", AdminPage: "/admin/ui"}

// types are the media types of files.
var types = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// policy lets a page use the files and the API of this origin and nothing else. No text
// becomes markup or script (Trusted Types), and nobody may frame it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Locale}}" dir="{{.Dir}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<link rel="stylesheet" href="{{.Style}}">
<script type="module" src="{{.Script}}"></script>
</head>
<body>
<main id="app"></main>
<noscript><p>{{.NoScript}}</p></noscript>
<script type="application/json" id="page">{{.Given}}</script>
</body>
</html>
`))

// New reads the files of the pages that are switched on.
func New(o Options) (*Site, error) { return newSite(files, o) }

func newSite(files fs.FS, o Options) (*Site, error) {
	s := &Site{brand: o.Brand, assets: map[string]Asset{}, addresses: map[string]string{}, links: map[string]string{}}
	var err error
	if s.texts, err = readTexts(files); err != nil {
		return nil, err
	}
	for _, name := range o.Pages {
		for _, ext := range []string{".js", ".css"} {
			if err := s.add(files, name+ext); err != nil {
				return nil, err
			}
		}
		s.links[name] = paths[name]
	}
	return s, nil
}

// add reads a file of dist. Its address has the digest of its content, so that it may be
// kept for ever.
func (s *Site) add(files fs.FS, name string) error {
	data, err := fs.ReadFile(files, "dist/"+name)
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression) // the level is a valid one
	if _, err := z.Write(data); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("web: %w", err)
	}
	sum := sha256.Sum256(data)
	at := address(hex.EncodeToString(sum[:8]), name)
	s.assets[at] = Asset{Type: types[path.Ext(name)], Data: data, Zipped: zipped.Bytes()}
	s.addresses[name] = at
	return nil
}

func address(hash, name string) string { return "/assets/" + hash + "/" + name }

// Off reports whether a path is of a page that is switched off.
func (s *Site) Off(path string) bool {
	for name, at := range paths {
		if at == path {
			return s.links[name] == ""
		}
	}
	return false
}

// Page is the page of a name in the language that suits an Accept-Language header best;
// data is for its script, and may be nil.
func (s *Site) Page(name, languages string, data any) (Page, error) {
	locale := s.pick(languages)
	texts := s.textsOf(locale, name)
	own, err := json.Marshal(given{Locale: locale, Texts: texts, Brand: s.brand, Links: s.links, Data: data})
	if err != nil {
		return Page{}, fmt.Errorf("web: %w", err)
	}
	var out strings.Builder
	err = page.Execute(&out, map[string]any{
		"Locale": locale, "Dir": direction(locale), "Title": strings.ReplaceAll(texts[name+".title"], "{name}", s.brand.Name),
		"Style": s.addresses[name+".css"], "Script": s.addresses[name+".js"], "NoScript": texts["shared.noscript"],
		"Given": template.JS(own), // json escapes what could end the element
	})
	if err != nil {
		return Page{}, fmt.Errorf("web: %w", err)
	}
	return Page{Policy: policy, HTML: out.String()}, nil
}

// Asset returns the file of a name whose content has a digest.
func (s *Site) Asset(hash, name string) (Asset, bool) {
	asset, ok := s.assets[address(hash, name)]
	return asset, ok
}

// textsOf has what a page says: its own texts and the shared ones.
func (s *Site) textsOf(locale, name string) map[string]string {
	texts := maps.Clone(s.texts[locale])
	maps.DeleteFunc(texts, func(key, _ string) bool {
		return !strings.HasPrefix(key, name+".") && !strings.HasPrefix(key, "shared.")
	})
	return texts
}
