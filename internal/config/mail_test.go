package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

// Every row is of e-mail and breaks one rule, or none where want is empty.
func TestValidate_mail(t *testing.T) {
	const hello = "Email.Smtp.Hello: must be a host name, or an address as [192.0.2.1] or [IPv6:2001:db8::1], is "
	tests := []struct {
		name   string
		change func(*config.Email)
		want   string
	}{
		{"a name to say hello with", func(e *config.Email) { e.Smtp.Hello = "node-1.example.com" }, ""},
		{"an address to say hello with", func(e *config.Email) { e.Smtp.Hello = "[192.0.2.1]" }, ""},
		{"an IPv6 address to say hello with", func(e *config.Email) { e.Smtp.Hello = "[IPv6:2001:db8::1]" }, ""},
		{"hello by two words", func(e *config.Email) { e.Smtp.Hello = "a b" }, hello + `"a b"`},
		{"hello by an IPv6 address without its mark", func(e *config.Email) { e.Smtp.Hello = "[2001:db8::1]" }, hello + `"[2001:db8::1]"`},
		{"hello by half an address", func(e *config.Email) { e.Smtp.Hello = "[192.0.2.1" }, hello + `"[192.0.2.1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good(t, "pro")
			c.Email.Provider = "smtp"
			c.Email.Smtp.Host, c.Email.Smtp.From = "smtp.example.com", "Acme <no-reply@mail.example.com>"
			c.Email.Smtp.Username, c.Email.Smtp.Password = "acme", "kQ4smtppw"
			tt.change(&c.Email)
			got := strings.Join(lines(t, c.Validate()), "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}
