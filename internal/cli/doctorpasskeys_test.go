package cli_test

import (
	"testing"
	"time"
)

// doctor compares the domain of passkeys with the sign-in pages.
func TestDoctor_passkeys(t *testing.T) {
	for yaml, want := range map[string]string{
		"Mode: dev\n": `ok    passkeys: localhost, on the pages http://localhost:\d+`,
		"Mode: dev\nPasskeys: {RpId: example.com}\nAuth: {Issuer: 'https://id.example.com'}\n":                                      `warn  passkeys: the page of Auth.Issuer, https://id.example.com, is not in Passkeys.Origins`,
		"Mode: dev\nPasskeys: {RpId: example.com}\nAuth: {Issuer: 'https://example.test'}\n":                                        `warn  passkeys: the page of Auth.Issuer, https://example.test, is not on example.com`,
		"Mode: dev\nPasskeys: {RpId: example.com, Related: ['https://example.test']}\nAuth: {Issuer: 'https://example.test'}\n":     `warn  passkeys: browsers request https://example.com/.well-known/webauthn`,
		"Mode: dev\nPasskeys: {RpId: example.com, Origins: ['https://id.example.com']}\nAuth: {Issuer: 'https://id.example.com'}\n": `ok    passkeys: example.com, on the pages https://id.example.com`,
	} {
		out, _ := visit(t, "DataSource: sqlite:"+t.TempDir()+"/user.db\n"+yaml, time.Now)
		wantLine(t, out, want)
	}
}
