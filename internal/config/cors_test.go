package config_test

import (
	"slices"
	"strings"
	"testing"

	"user-api/internal/config"
)

// refuses reports whether Cors breaks the rule of a key.
func refuses(c config.Cors, key string) bool {
	err := config.Config{Mode: "dev", Cors: c}.Validate()
	return err != nil && slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.HasPrefix(line, key) })
}

// Only origins as browsers and web views send them are accepted.
func TestCors_origins(t *testing.T) {
	for origin, ok := range map[string]bool{
		"https://app.example":      true,
		"http://localhost:3000":    true,
		"http://[::1]:3000":        true,
		"*":                        true,
		"app.example":              false,
		"https://":                 false,
		"https://app.example/":     false,
		"https://App.example":      false,
		"https://app.example:443":  false,
		"http://app.example:80":    false,
		"https://*.example":        false,
		"capacitor://localhost":    true,
		"ionic://localhost":        true,
		"app://localhost":          true,
		"tauri://localhost:1420":   true,
		"app+dev.1://com.example":  true,
		"chrome-extension://abc":   true,
		"capacitor://":             false,
		"capacitor://localhost/":   false,
		"Capacitor://localhost":    false,
		"capacitor://Localhost":    false,
		"capacitor:localhost":      false,
		"capacitor://*":            false,
		"data://x":                 false,
		"file://localhost":         false,
		"ws://app.example":         false,
		"https://app.example:":     false,
		"https://u@app.example":    false,
		"https://app.example?x=1":  false,
		"ftp://app.example":        false,
		"null":                     false,
		"":                         false,
		"https://a.example b":      false,
		"javascript://app.example": false,
	} {
		if got := refuses(config.Cors{Origins: []string{origin}}, "Cors.Origins[0]: "); got == ok {
			t.Errorf("%q: refused: %v, want %v", origin, got, !ok)
		}
	}
}

func TestCors_headers(t *testing.T) {
	for header, ok := range map[string]bool{
		"X-App-Version": true, "sentry-trace": true, "*": false, "": false, "X App": false, "X-App: a": false, "X-App,Y": false, "X-A\r\nB": false,
		strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
	} {
		if got := refuses(config.Cors{Headers: []string{header}}, "Cors.Headers[0]: "); got == ok {
			t.Errorf("%q: refused: %v, want %v", header, got, !ok)
		}
	}
}
