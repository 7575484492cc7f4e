package keyring

import (
	"encoding/hex"
	"strings"
)

// Name is a pseudonym for use in keys and tables: 32 hex digits. It is always the same for
// the same parts and reveals nothing without the secret.
type Name struct {
	// Current is the name to write.
	Current string
	// Other is the name that another node may write, or has written, while the pseudonym
	// secret is being rotated. It is empty at any other time.
	Other string
}

// Name returns the name of the parts.
func (r *Ring) Name(parts ...string) Name {
	name := Name{Current: r.named(0, parts)}
	if len(r.names) > 1 {
		name.Other = r.named(1, parts)
	}
	return name
}

// Pseudonym returns Name(parts...).Current. It is for names that are never looked up
// again, or only by the node that wrote them.
func (r *Ring) Pseudonym(parts ...string) string { return r.named(0, parts) }

// Address returns the name of a phone number or e-mail address, or the zero Name for "". It
// is the only definition: counters in Redis, the audit trail and the timelines are joined by
// it.
func (r *Ring) Address(kind, canonical string) Name {
	if canonical == "" {
		return Name{}
	}
	return r.Name("address", kind, canonical)
}

// AddressNames returns all names of an address that may have been stored in any of several
// spellings.
func (r *Ring) AddressNames(kind string, spellings ...string) []string {
	var all []string
	for _, spelling := range spellings {
		all = append(all, r.Address(kind, spelling).All()...)
	}
	return all
}

// Text returns the name as scripts read it: one name, or two separated by a bar.
func (n Name) Text() string { return strings.Join(n.All(), "|") }

// All returns the one or two names.
func (n Name) All() []string {
	all := []string{n.Current}
	if n.Other != "" {
		all = append(all, n.Other)
	}
	return all
}

// Prefixed returns the name with prefix text.
func (n Name) Prefixed(text string) Name {
	n.Current = text + n.Current
	if n.Other != "" {
		n.Other = text + n.Other
	}
	return n
}

// Order identifies the secret of Name.Current. Two nodes compare it to find out whether
// they write two names in the same order.
func (r *Ring) Order() string { return r.named(0, []string{"order"})[:8] }

// Rotating reports whether the pseudonym secret is being rotated.
func (r *Ring) Rotating() bool { return len(r.names) > 1 }

func (r *Ring) named(i int, parts []string) string {
	return hex.EncodeToString(r.names[i].Sum(parts...)[:16])
}
