package web

// Account is the data for the account page. Its script has the same fields, in
// src/account/state.ts.
type Account struct {
	// Avatars, Passkeys and Mail report whether these are enabled.
	Avatars  bool `json:"avatars"`
	Passkeys bool `json:"passkeys"`
	Mail     bool `json:"mail"`
	// Languages are the languages of messages.
	Languages []string `json:"languages"`
	// Sites are the sites whose accounts can be linked, and Home is the page to which a
	// browser returns from them.
	Sites []string `json:"sites,omitempty"`
	Home  string   `json:"home,omitempty"`
}

// Account returns the account page in the language that fits an Accept-Language header
// best.
func (s *Site) Account(languages string) (Page, error) {
	return s.Page(AccountPage, languages, s.account)
}
