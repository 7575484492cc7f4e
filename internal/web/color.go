package web

import (
	"fmt"
	"math"
	"strconv"
)

const (
	// contrast is the minimum contrast of text (WCAG 2.2, 1.4.3).
	contrast = 4.5
	// steps is the number of shades between a color and black or white.
	steps = 100
)

// The background colors in base.css.
var (
	lightBacks = []color{{0xf6, 0xf7, 0xf9}, {0xff, 0xff, 0xff}}
	darkBacks  = []color{{0x10, 0x12, 0x16}, {0x19, 0x1c, 0x22}}
	black      = color{}
	white      = color{0xff, 0xff, 0xff}
)

// color is red, green and blue.
type color [3]uint8

// parseColor parses # and six hex digits.
func parseColor(text string) (c color, ok bool) {
	if len(text) != 7 || text[0] != '#' {
		return c, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	return color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err == nil
}

func (c color) String() string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// luminance is the relative luminance defined by WCAG 2.2.
func (c color) luminance() float64 {
	var sum float64
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := float64(c[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// contrastTo returns the contrast of two colors, 1 to 21.
func (c color) contrastTo(other color) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// towards returns the color that is step of steps on the way to other.
func (c color) towards(other color, step int) color {
	for i := range c {
		c[i] = uint8((int(c[i])*(steps-step) + int(other[i])*step) / steps)
	}
	return c
}

// on returns the text color that is most readable on the color.
func (c color) on() color {
	if c.contrastTo(white) >= c.contrastTo(black) {
		return white
	}
	return black
}

// readable returns the color, or the nearest shade towards end that is readable on all
// backgrounds.
func (c color) readable(backs []color, end color) color {
	for step := range steps {
		shade, good := c.towards(end, step), true
		for _, back := range backs {
			good = good && shade.contrastTo(back) >= contrast
		}
		if good {
			return shade
		}
	}
	return end
}

// style returns the CSS rule for the brand color: --accent is the background of
// --on-accent, and --accent-ink is for text and focus on the page.
func (b Brand) style() string {
	c, ok := parseColor(b.Color)
	if !ok {
		return ""
	}
	return fmt.Sprintf(":root,:host{--accent:%s;--on-accent:%s;--accent-ink:%s}@media(prefers-color-scheme:dark){:root,:host{--accent-ink:%s}}\n",
		c, c.on(), c.readable(lightBacks, black), c.readable(darkBacks, white))
}
