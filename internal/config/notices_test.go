package config_test

import (
	"strings"
	"testing"

	"user-api/internal/config"
)

func TestNotices(t *testing.T) {
	for text, want := range map[string]string{
		"{}": "",
		"{PerAddress: 4/3600;10/86400, NewSignIn: true, ResetUrl: 'https://login.example.com/reset?x=1#top'}": "",
		"{PerAddress: off, ResetUrl: 'http://login.example.com/reset'}":                                       "",
		"{PerAddress: 1/86400}":                      "Notices.PerAddress: must count to at least 2",
		"{PerAddress: many}":                         "Notices.PerAddress: must be off, or up to 4 limits",
		"{ResetUrl: login.example.com}":              "Notices.ResetUrl: must look like https://",
		"{ResetUrl: 'https://u:p@example.com/'}":     "Notices.ResetUrl: must look like https://",
		"{ResetUrl: 'https://example.com/a b'}":      "Notices.ResetUrl: must look like https://",
		"{ResetUrl: 'https://bücher.example/'}":      "Notices.ResetUrl: must look like https://",
		"{ResetUrl: 'javascript://example.com/%0a'}": "Notices.ResetUrl: must be https",
	} {
		_, err := config.Parse([]byte("Mode: dev\nNotices: "+text), func(string) string { return "" })
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	_, err := config.Parse([]byte("Mode: pro\nNotices: {PerAddress: off, ResetUrl: 'http://example.com/'}"), func(string) string { return "" })
	for _, want := range []string{"Notices.PerAddress: must not be off in pro", "Notices.ResetUrl: must be https"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("in pro: %v, want %q", err, want)
		}
	}
}
