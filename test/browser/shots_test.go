package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keep copies the pictures that a script has taken: all of them to the folder that
// USER_API_TEST_SHOTS names, to be looked at, and with USER_API_TEST_UPDATE=1 those of the
// documents to docs/images.
func keep(t *testing.T, from string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.png"))
	if err != nil {
		t.Error(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		documented := strings.HasPrefix(name, "docs-")
		if to := os.Getenv("USER_API_TEST_SHOTS"); to != "" && !documented {
			copyFile(t, file, filepath.Join(to, name))
		}
		if os.Getenv("USER_API_TEST_UPDATE") == "1" && documented {
			small(t, file, filepath.Join("../../docs/images", strings.TrimPrefix(name, "docs-")))
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Error(err)
	}
}

// small writes a picture with the 256 colours that it has most of: pages have few.
func small(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Error(err)
		return
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Error(err)
		return
	}
	bounds := picture.Bounds()
	counts := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		c := color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)
		return color.RGBA{R: coarse(c.R), G: coarse(c.G), B: coarse(c.B), A: 255}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	colours := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(bounds, palette)
	nearest := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, ok := nearest[c]
			if !ok {
				i = uint8(palette.Index(c))
				nearest[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	var encoded bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&encoded, out); err != nil {
		t.Error(err)
	}
	if encoded.Len() > maxShot {
		t.Errorf("%s has %d bytes, want at most %d", to, encoded.Len(), maxShot)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(to, encoded.Bytes(), 0o644); err != nil {
		t.Error(err)
	}
}

// maxShot is how large a picture of the documents may be.
const maxShot = 80 << 10

// coarse has seven bits; black stays black and white white.
func coarse(v uint8) uint8 { return v&^1 | v>>7 }
