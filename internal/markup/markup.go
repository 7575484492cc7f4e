// Package markup fills pages of HTML.
//
// It is used instead of html/template, whose engine calls methods by name: the linker then
// keeps every exported method of every type, a fifth of the binary.
package markup

import (
	"html"
	"strings"
)

// Fill replaces placeholders in a page. values are pairs of a placeholder and its text. Texts
// are escaped for the content of an element and for a quoted attribute. They are not safe
// inside a script or a style, nor in an attribute that contains one.
func Fill(page string, values ...string) string {
	for i := 1; i < len(values); i += 2 {
		values[i] = html.EscapeString(values[i])
	}
	return strings.NewReplacer(values...).Replace(page)
}
