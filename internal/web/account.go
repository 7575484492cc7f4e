package web

// Account is what the account page knows of the service. Its script has the same fields, in
// src/account/state.ts.
type Account struct {
	// Avatars, Passkeys and Mail say whether there are any.
	Avatars  bool `json:"avatars"`
	Passkeys bool `json:"passkeys"`
	Mail     bool `json:"mail"`
	// Languages are those that messages are written in.
	Languages []string `json:"languages"`
	// Sites are the other sites whose accounts can be linked, and Home is where a browser
	// comes back to from them.
	Sites []string `json:"sites,omitempty"`
	Home  string   `json:"home,omitempty"`
}

// Account is the account page in the language that suits an Accept-Language header best.
func (s *Site) Account(languages string) (Page, error) {
	return s.Page(AccountPage, languages, s.account)
}
