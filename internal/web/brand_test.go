package web

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Text on the brand color and text in it are readable, for any color, in light and dark
// mode.
func TestColor_readable(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := color{uint8(r), uint8(g), uint8(b)}
				if got := c.contrastTo(c.on()); got < contrast {
					t.Errorf("%s: text on it has a contrast of %.2f", c, got)
				}
				for _, mode := range []struct {
					backs []color
					end   color
				}{{lightBacks, black}, {darkBacks, white}} {
					ink := c.readable(mode.backs, mode.end)
					for _, back := range mode.backs {
						if got := ink.contrastTo(back); got < contrast {
							t.Errorf("%s as %s on %s has a contrast of %.2f", c, ink, back, got)
						}
					}
				}
			}
		}
	}
}

func TestBrand_style(t *testing.T) {
	for name, want := range map[string]string{
		"":        "",
		"#ffff00": ":root,:host{--accent:#ffff00;--on-accent:#000000;--accent-ink:#757500}@media(prefers-color-scheme:dark){:root,:host{--accent-ink:#ffff00}}\n",
		"#2457D6": ":root,:host{--accent:#2457d6;--on-accent:#ffffff;--accent-ink:#2457d6}@media(prefers-color-scheme:dark){:root,:host{--accent-ink:#5a81e0}}\n",
	} {
		if got := (Brand{Color: name}).style(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The computed colors use the backgrounds of the pages.
func TestColor_backgrounds(t *testing.T) {
	css, err := os.ReadFile("src/common/base.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, _ := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	for _, mode := range []struct {
		text  string
		backs []color
	}{{light, lightBacks}, {dark, darkBacks}} {
		for i, name := range []string{"--back", "--card"} {
			found := regexp.MustCompile(name + `: #([0-9a-f]+);`).FindStringSubmatch(mode.text)
			if found == nil {
				t.Fatalf("base.css lacks %s", name)
			}
			if len(found[1]) == 3 {
				found[1] = regexp.MustCompile(`.`).ReplaceAllString(found[1], "$0$0")
			}
			if got := mode.backs[i].String(); got != "#"+found[1] {
				t.Errorf("%s is %s here and #%s in base.css", name, got, found[1])
			}
		}
	}
}

func TestSite_logo(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	drawing := `<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for name, c := range map[string]struct {
		kind, data string
		good       bool
	}{
		"none":               {"", "", true},
		"a PNG":              {".png", picture.String(), true},
		"an SVG":             {".svg", drawing, true},
		"a page":             {".svg", "<html><svg/></html>", false},
		"no XML":             {".svg", "<svg><g></svg>", false},
		"a PNG named SVG":    {".svg", picture.String(), false},
		"an SVG named PNG":   {".png", drawing, false},
		"an empty file":      {".png", "", false},
		"an empty SVG":       {".svg", "", false},
		"as large as it may": {".svg", "<svg>" + strings.Repeat(" ", MaxLogo-11) + "</svg>", true},
		"a byte larger":      {".svg", "<svg>" + strings.Repeat(" ", MaxLogo-10) + "</svg>", false},
	} {
		s, err := New(Options{Pages: []string{SignInPage}, Brand: Brand{Name: "x", LogoType: c.kind, LogoData: []byte(c.data)}})
		if c.good != (err == nil) || !c.good && !errors.Is(err, ErrLogo) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil || c.data == "" {
			continue
		}
		page, err := s.Page(SignInPage, "", nil)
		file, ok := s.assets[s.brand.Logo]
		if err != nil || !ok || !strings.Contains(page.HTML, `"logo":"`+s.brand.Logo+`"`) {
			t.Errorf("%s: the page is not told %s, %v", name, s.brand.Logo, err)
		}
		if (c.kind == ".svg") != strings.Contains(file.Policy, "default-src 'none'") || c.kind == ".svg" && !strings.Contains(file.Policy, "sandbox") {
			t.Errorf("%s: the policy is %q", name, file.Policy)
		}
	}
}

// Each style sheet has the color, after the default that it overrides.
func TestSite_color(t *testing.T) {
	s, err := New(Options{Pages: []string{SignInPage, AccountPage}, Brand: Brand{Color: "#aa0000"}})
	if err != nil {
		t.Fatal(err)
	}
	for at, file := range s.assets {
		if strings.HasSuffix(at, ".css") && !bytes.HasSuffix(file.Data, []byte(s.brand.style())) {
			t.Errorf("%s has no colour", at)
		}
	}
}

// Only origins named by the operator may frame a page, and none the page for
// administrators.
func TestPage_frames(t *testing.T) {
	pages := []string{SignInPage, AccountPage, AdminPage}
	for _, framers := range [][]string{nil, {"https://a.test", "https://b.test:8443"}} {
		s, err := New(Options{Pages: pages, Framers: framers})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pages {
			page, err := s.Page(name, "", nil)
			want := "frame-ancestors 'none'"
			if name != AdminPage && framers != nil {
				want = "frame-ancestors https://a.test https://b.test:8443"
			}
			if err != nil || !strings.HasSuffix(page.Policy, want) {
				t.Errorf("%s: %q, want %q, %v", name, page.Policy, want, err)
			}
		}
	}
}
