// Package web has the pages that the service shows to people. Each is one file with
// nothing beside it: style and script are in it, and its policy lets nothing else run.
package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"strings"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string

	signIn = strings.NewReplacer("{{style}}", pageCSS, "{{script}}", pageJS).Replace(pageHTML)
)

// SignInPolicy is the Content-Security-Policy of the page: its own style and script, by
// their digests, and requests to the service that it comes from. Nobody may frame it.
var SignInPolicy = strings.Join([]string{
	"default-src 'none'", "style-src " + source(pageCSS), "script-src " + source(pageJS), "connect-src 'self'",
	"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
}, "; ")

// SignIn is the page on which a user signs in for an application of a name.
func SignIn(name string) string {
	return strings.ReplaceAll(signIn, "{{name}}", html.EscapeString(name))
}

// source names an inline text by its digest.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
