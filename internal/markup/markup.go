// Package markup fills pages of HTML.
//
// It is used instead of html/template, whose engine calls methods by name. A program
// that has it keeps every exported method of every type, a fifth of this one.
package markup

import (
	"html"
	"strings"
)

// Fill replaces names in a page by texts: values are pairs of both. Texts are escaped for
// the content of an element and for an attribute in quotes. They must not be put into a
// script, a style or an attribute that either is written in.
func Fill(page string, values ...string) string {
	for i := 1; i < len(values); i += 2 {
		values[i] = html.EscapeString(values[i])
	}
	return strings.NewReplacer(values...).Replace(page)
}
