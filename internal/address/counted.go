package address

import "strings"

// gmail is the domain whose mailboxes have dots in any place, and another name.
const gmail = "gmail.com"

// Counted is what every limit, cooldown and count of an address goes by, so that one
// person's many spellings are one. It is for counting alone: accounts, codes and
// messages are of the address itself.
//
// Of a number it is Canonical. Of an e-mail address it is the mailbox: without the
// tag after a plus sign, and of Gmail without dots and under one domain. That a plus
// sign begins a tag is a custom (RFC 5233) that a mail server need not follow. Where
// one does not, neighbours share their limits, which gives a stranger nothing: who
// knows the address can use up its limits without an address of that kind. What the
// neighbour gains is that their own right code ends the other's wrong ones in a row,
// and those of an hour and a day bound the guesses still. Names for signing in by
// password are not counted so: see package signin.
func (a Address) Counted() string {
	if a.kind != KindEmail {
		return a.value
	}
	at := strings.LastIndexByte(a.value, '@')
	if at < 0 {
		return a.value
	}
	local, domain := a.value[:at], a.value[at+1:]
	if tag := strings.IndexByte(local, '+'); tag > 0 { // a name that begins with a plus has no tag
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
