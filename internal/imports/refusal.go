package imports

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
)

// Reasons of a refusal.
const (
	ReasonMalformed = "malformed"
	ReasonTooLong   = "too_long"
	ReasonMissing   = "missing"
	ReasonInvalid   = "invalid"
	ReasonReserved  = "reserved"
	// ReasonTaken is a name that a user here has, ReasonRepeated one that a record before
	// in the file has, and ReasonNoName that the record has none that is proven.
	ReasonTaken    = "taken"
	ReasonRepeated = "repeated"
	ReasonNoName   = "no_name"
	// ReasonAdmin is an administrator who was not asked for.
	ReasonAdmin = "admin"
	// ReasonHash is a hash of a kind that is not known, or one that takes too long.
	ReasonHash = "unsupported"
)

// Refusal is why a record was not imported. It holds no hash, and addresses masked.
type Refusal struct {
	// Line is where the record begins, or which one it is in a JSON document, from 1.
	Line int `json:"line"`
	// Field is that of the mapping.
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	// Value is the name that it is about.
	Value string `json:"value,omitempty"`
	// First is the line of the record that has the name already.
	First int `json:"firstLine,omitempty"`
}

// Name is the field with the reason, by which refusals are counted.
func (r Refusal) Name() string {
	if r.Field == "" {
		return r.Reason
	}
	return r.Field + "_" + r.Reason
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("imports: line %d: %s: %s", r.Line, r.Name(), r.Detail)
}

// seen are the names of the records so far, with their lines. It holds digests under a
// key of its own: some 25 bytes a name.
type seen struct {
	seed  maphash.Seed
	lines map[uint64]uint32
}

func newSeen() *seen { return &seen{maphash.MakeSeed(), map[uint64]uint32{}} }

func (s *seen) add(name string, line int) { s.lines[maphash.String(s.seed, name)] = uint32(line) }

// line is that of the first record with the name, 0 for none.
func (s *seen) line(name string) int { return int(s.lines[maphash.String(s.seed, name)]) }

// maxUnused bounds how many fields are listed that are no part of a user.
const maxUnused = 50

// unused are the fields of a file that the mapping does not use.
type unused struct {
	used, found map[string]bool
}

func newUnused(m Mapping) *unused {
	u := &unused{used: map[string]bool{}, found: map[string]bool{}}
	for _, path := range m.Fields.all() {
		u.used[rootOf(path)], u.used[path] = true, true
	}
	return u
}

func (u *unused) see(r Record) {
	for name := range r.Fields {
		if !u.used[name] && len(u.found) < maxUnused {
			u.found[name] = true
		}
	}
}

func (u *unused) names() []string { return slices.Sorted(maps.Keys(u.found)) }
