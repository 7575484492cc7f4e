package config

// How a password is reset where an account has two addresses.
const (
	ResetOff     = "off"
	ResetRequire = "require"
	ResetDelay   = "delay"
)

const maxDormantDays = 3650

type (
	// Accounts is about accounts.
	Accounts struct {
		// DormantAfter is for how many days a user may not have signed in before a
		// code to the number alone no longer admits, where there is another proof: 0
		// to 3650; 0 is for ever.
		DormantAfter int `json:",default=180"`
	}

	// Reset is about passwords that are reset by code.
	Reset struct {
		// Both says what an account with two addresses needs: off is a code to
		// either, require is codes to both, and with delay a new password by one
		// code takes effect after 24 hours.
		Both string `json:",default=off"`
	}
)

func (a Accounts) check(k *checker) {
	k.between("Accounts.DormantAfter", int64(a.DormantAfter), 0, maxDormantDays, "days")
}

func (r Reset) check(k *checker) {
	k.option("Reset.Both", r.Both, ResetOff, ResetRequire, ResetDelay)
}
