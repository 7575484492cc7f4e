package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxLogo is the maximum size of a logo in bytes.
	MaxLogo = 64 << 10
	// pngStart is the start of every PNG.
	pngStart = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	// logoPolicy applies when a browser opens an SVG as a page: it allows styles and
	// nothing else, in particular no scripts.
	logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
)

// ErrLogo is wrapped by the errors of New about an unacceptable logo.
var ErrLogo = errors.New("is not a valid logo")

// Brand is the operator's branding of the pages.
type Brand struct {
	Name string `json:"name"`
	// Logo is the URL of the logo; New sets it.
	Logo    string `json:"logo,omitempty"`
	Terms   string `json:"terms,omitempty"`
	Privacy string `json:"privacy,omitempty"`
	// Color is # and six hex digits, or empty for the color in base.css.
	Color string `json:"-"`
	// LogoData is a picture, and LogoType .svg or .png; empty for none.
	LogoData []byte `json:"-"`
	LogoType string `json:"-"`
}

// addLogo serves the logo.
func (s *Site) addLogo() error {
	data := s.brand.LogoData
	if len(data) == 0 && s.brand.LogoType == "" {
		return nil
	}
	if len(data) > MaxLogo {
		return fmt.Errorf("%w: it has more than %d bytes", ErrLogo, MaxLogo)
	}
	file := Asset{Type: "image/png", Data: data}
	if s.brand.LogoType == ".svg" {
		file = Asset{Type: "image/svg+xml", Data: data, Policy: logoPolicy}
		if !isSVG(data) {
			return fmt.Errorf("%w: it is not an SVG", ErrLogo)
		}
	} else if !bytes.HasPrefix(data, []byte(pngStart)) {
		return fmt.Errorf("%w: it is not a PNG", ErrLogo)
	}
	var err error
	s.brand.Logo, err = s.serve("logo"+s.brand.LogoType, file)
	return err
}

// isSVG reports whether data is XML with the root element svg; browsers show nothing else.
func isSVG(data []byte) bool {
	d, root := xml.NewDecoder(bytes.NewReader(data)), ""
	for {
		token, err := d.Token()
		if err != nil {
			return root == "svg" && errors.Is(err, io.EOF)
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = start.Name.Local
		}
	}
}
