package svc

import (
	"testing"

	"user-api/internal/captcha"
	"user-api/internal/config"
	"user-api/internal/delivery/smtp"
	"user-api/internal/guard"
	"user-api/internal/signin"
)

// The configuration imports no parts, so it has its own names for their options. They must be equal,
// because the options are passed on as they are.
func TestOptionNames(t *testing.T) {
	for configured, used := range map[string]string{
		config.ConversionEnforce: string(guard.Enforce),
		config.ConversionShadow:  string(guard.Shadow),
		config.ConversionOff:     string(guard.Off),
		config.TlsStart:          smtp.StartTLS,
		config.TlsImplicit:       smtp.Implicit,
		config.TlsNone:           smtp.None,
		config.ResetDelay:        signin.ResetDelay,
		config.ActionMatch:       string(captcha.MatchAction),
		config.ActionRequire:     string(captcha.RequireAction),
	} {
		if configured != used {
			t.Errorf("the configuration has %q for %q", configured, used)
		}
	}
	if config.ActionOff != string(captcha.AnyAction) || config.ResetOff != signin.ResetOff || config.ResetRequire != signin.ResetRequire {
		t.Error("the configuration has other names for actions or resets")
	}
}
