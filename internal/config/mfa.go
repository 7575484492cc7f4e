package config

import "cmp"

// Of whom a second factor is demanded.
const (
	MfaOff    = "off"
	MfaAdmins = "admins"
	MfaAll    = "all"
)

const (
	maxMfaGrace  = 90 * 86400
	maxResetWait = 7 * 86400
)

// Mfa is about second factors.
type Mfa struct {
	// Require says of whom one is demanded: off is nobody, admins administrators, all
	// everybody. Empty means admins in pro, and else off; see Config.MfaRequire.
	Require string `json:",optional"`
	// Grace is for how many seconds somebody of whom one is demanded may still sign in
	// without, from the first time on, 0 to 90 days.
	Grace Seconds `json:",default=604800"`
	// ResetWait is how many seconds lie between an administrator's taking a user's second
	// factors away and its effect, 0 to a week.
	ResetWait Seconds `json:",default=86400"`
}

// MfaRequire is of whom a second factor is demanded.
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
