package config

import "cmp"

// The values of Mfa.Require.
const (
	MfaOff    = "off"
	MfaAdmins = "admins"
	MfaAll    = "all"
)

const (
	maxMfaGrace  = 90 * 86400
	maxResetWait = 7 * 86400
)

// Mfa configures second factors.
type Mfa struct {
	// Require decides who needs a second factor: off nobody, admins administrators, all
	// everyone. Empty means admins in pro and off otherwise; see Config.MfaRequire.
	Require string `json:",optional"`
	// Grace is how many seconds a user who needs a second factor may still sign in without
	// one, counted from the first such sign-in, 0 to 90 days.
	Grace Seconds `json:",default=604800"`
	// ResetWait is the delay in seconds before an administrator's removal of a user's
	// second factors takes effect, 0 to a week.
	ResetWait Seconds `json:",default=86400"`
}

// MfaRequire returns the effective value of Mfa.Require.
func (c Config) MfaRequire() string {
	byMode := MfaOff
	if c.Mode == ModePro {
		byMode = MfaAdmins
	}
	return cmp.Or(c.Mfa.Require, byMode)
}

func (m Mfa) check(k *checker) {
	if m.Require != "" {
		k.option("Mfa.Require", m.Require, MfaOff, MfaAdmins, MfaAll)
	}
	k.between("Mfa.Grace", int64(m.Grace), 0, maxMfaGrace, "seconds")
	k.between("Mfa.ResetWait", int64(m.ResetWait), 0, maxResetWait, "seconds")
}
