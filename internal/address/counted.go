package address

import "strings"

// gmail is a domain that ignores dots in local parts and has a second name.
const gmail = "gmail.com"

// Counted returns the form by which limits, cooldowns and counters identify an address, so that
// one person's many spellings count as one. It is only for counting: accounts, codes and
// messages use the address itself.
//
// For a number it is Canonical. For an e-mail address it is the mailbox: without the tag after
// a plus sign and, for Gmail, without dots and under one domain. Tags are a convention (RFC
// 5233) that a mail server need not follow. If a server does not, neighbours share their
// limits, which gains a stranger nothing: whoever knows an address can use up its limits
// anyway. A neighbour gains that their own correct code resets the other's failures in a row,
// but the limits per hour and per day still bound the guesses. Identifiers for password sign-in
// are not counted this way: see package signin.
func (a Address) Counted() string {
	if a.kind != KindEmail {
		return a.value
	}
	at := strings.LastIndexByte(a.value, '@')
	if at < 0 {
		return a.value
	}
	local, domain := a.value[:at], a.value[at+1:]
	if tag := strings.IndexByte(local, '+'); tag > 0 { // a leading plus is not a tag
		local = local[:tag]
	}
	if domain == "googlemail.com" {
		domain = gmail
	}
	if domain == gmail {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}
