package config

// Web are the pages for people. One that is switched off is not there, nor are its files.
type Web struct {
	// Enabled switches the pages on, the sign-in page first; false is no page at all.
	Enabled bool `json:",default=true"`
	// Account and Admin switch the page of a user's account and that of administrators.
	Account bool `json:",default=true"`
	Admin   bool `json:",default=true"`
}
