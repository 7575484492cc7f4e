package mfa

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the margin required by scanners, in modules.
const quietZone = 4

// qrCode returns text as a QR code in SVG: one path of runs of dark modules, without scripts,
// styles or references.
func qrCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("mfa: qr code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x >= size {
			return false
		}
		red, _, _, _ := code.At(x, y).RGBA()
		return red == 0
	}
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			if !dark(x, y) {
				continue
			}
			begin := x
			for dark(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%[3]dz", begin+quietZone, y+quietZone, x-begin)
		}
	}
	side := size + 2*quietZone
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="%s"/></svg>`, side, path.String()), nil
}
