package address_test

import (
	"testing"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// A name that reads like a reserved one is refused, but not one that merely contains it.
func TestReserved(t *testing.T) {
	builtIn := address.NewReserved(address.DefaultReserved)
	own := address.NewReserved([]string{"Acme.Bank", "oauth2", "l0l"})
	for _, c := range []struct {
		name    string
		list    address.Reserved
		refused bool
	}{
		{"admin", builtIn, true}, {"root", builtIn, true}, {"support", builtIn, true}, {"security", builtIn, true}, {"abuse", builtIn, true},
		{"postmaster", builtIn, true}, {"hostmaster", builtIn, true}, {"webmaster", builtIn, true}, {"noc", builtIn, true},
		{"ad.min", builtIn, true}, {"_admin_", builtIn, true}, {"--admin", builtIn, true}, {"a.d-m_i.n", builtIn, true}, {"post-master", builtIn, true},
		{"no-reply", builtIn, true}, {"mailer-daemon", builtIn, true}, {"mailerdaemon", builtIn, true}, {"list-request", builtIn, true}, {"well-known", builtIn, true},
		{"adm1n", builtIn, true}, {"r00t", builtIn, true}, {"supp0rt", builtIn, true}, {"b1111ng", builtIn, false}, {"b1lling", builtIn, true}, {"he1p", builtIn, true},
		{"ann", builtIn, false}, {"adminton", builtIn, false}, {"badmin", builtIn, false}, {"admin2", builtIn, false}, {"ann.admin", builtIn, false},
		{"rooted", builtIn, false}, {"ali", builtIn, false}, {"...", builtIn, false}, {"user17", builtIn, false},
		{"acmebank", own, true}, {"acme_bank", own, true}, {"oauth2", own, true}, {"lol", own, true}, {"l0l", own, true}, {"admin", own, false},
		{"admin", address.Reserved{}, false}, {"admin", address.NewReserved(nil), false},
	} {
		err := c.list.Admit(c.name)
		if refused := apperr.Is(err, apperr.InvalidUsername); refused != c.refused || refused != (err != nil) || refused && apperr.From(err).Field != "username" {
			t.Errorf("Admit(%q) = %v, want it refused: %t", c.name, err, c.refused)
		}
	}
}

// Every name of the list is a valid username in canonical form, and is refused.
func TestDefaultReserved(t *testing.T) {
	list, seen := address.NewReserved(address.DefaultReserved), map[string]bool{}
	for _, name := range address.DefaultReserved {
		if got, err := address.ParseUsername(name); err != nil || got != name {
			t.Errorf("%q is no username: %v", name, err)
		}
		if list.Admit(name) == nil || seen[name] {
			t.Errorf("%q is not refused, or is there twice", name)
		}
		seen[name] = true
	}
}
