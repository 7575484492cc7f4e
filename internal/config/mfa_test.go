package config_test

import (
	"testing"

	"user-api/internal/config"
)

// By default a second factor is required only of administrators and only in pro.
func TestMfaRequire(t *testing.T) {
	for _, row := range []struct{ mode, require, want string }{
		{config.ModeDev, "", config.MfaOff},
		{config.ModeTest, "", config.MfaOff},
		{config.ModePro, "", config.MfaAdmins},
		{config.ModePro, config.MfaOff, config.MfaOff},
		{config.ModeDev, config.MfaAll, config.MfaAll},
	} {
		c := config.Config{Mode: row.mode, Mfa: config.Mfa{Require: row.require}}
		if got := c.MfaRequire(); got != row.want {
			t.Errorf("Mode %s, Mfa.Require %q: %q, want %q", row.mode, row.require, got, row.want)
		}
	}
}
