package keyring

import (
	"encoding/hex"
	"strings"
)

// Name stands for something in keys and tables: 32 hex digits that are always the
// same for the same parts, and say nothing without the secret.
type Name struct {
	// Current is what is written.
	Current string
	// Other is what another node may write, or have written, while the secret of
	// pseudonyms is changed; "" at any other time.
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

// Pseudonym is Name(parts...).Current: for what is never looked for again, or
// only by the node that wrote it.
func (r *Ring) Pseudonym(parts ...string) string { return r.named(0, parts) }

// Address is the name of a phone number or e-mail address. Counts in Redis, the
// audit trail and the timelines are joined by it, so there is this one recipe.
func (r *Ring) Address(kind, canonical string) Name { return r.Name("address", kind, canonical) }

// AddressNames are all texts under which an address may stand that was kept in one of
// several spellings.
func (r *Ring) AddressNames(kind string, spellings ...string) []string {
	var all []string
	for _, spelling := range spellings {
		all = append(all, r.Address(kind, spelling).All()...)
	}
	return all
}

// Text is the name as a script reads it: one name, or two with a bar between them.
func (n Name) Text() string { return strings.Join(n.All(), "|") }

// All are the texts that the name may stand under.
func (n Name) All() []string {
	all := []string{n.Current}
	if n.Other != "" {
		all = append(all, n.Other)
	}
	return all
}

// Prefixed puts a text before both.
func (n Name) Prefixed(text string) Name {
	n.Current = text + n.Current
	if n.Other != "" {
		n.Other = text + n.Other
	}
	return n
}

// Order stands for the secret of Name.Current, so that two nodes find out whether
// they write two names in the same order.
func (r *Ring) Order() string { return r.named(0, []string{"order"})[:8] }

// Rotating reports whether names have two texts.
func (r *Ring) Rotating() bool { return len(r.names) > 1 }

func (r *Ring) named(i int, parts []string) string {
	return hex.EncodeToString(r.names[i].Sum(parts...)[:16])
}
