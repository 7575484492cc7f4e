package imports

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
)

// The reasons of a rejection.
const (
	ReasonMalformed = "malformed"
	ReasonTooLong   = "too_long"
	ReasonMissing   = "missing"
	ReasonInvalid   = "invalid"
	ReasonReserved  = "reserved"
	// ReasonTaken means that an existing user has the name, ReasonRepeated that an earlier
	// record of the file has it, and ReasonNoName that the record has no verified name.
	ReasonTaken    = "taken"
	ReasonRepeated = "repeated"
	ReasonNoName   = "no_name"
	// ReasonAdmin means that the record is of an administrator and these are not allowed.
	ReasonAdmin = "admin"
	// ReasonHash means that the kind of hash is unknown or the hash takes too long.
	ReasonHash = "unsupported"
)

// Refusal is why a record was not imported. It contains no hash, and addresses are masked.
type Refusal struct {
	// Line is where the record begins; in a JSON document, its number, counted from 1.
	Line int `json:"line"`
	// Field is a field of the mapping.
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	// Value is the name concerned.
	Value string `json:"value,omitempty"`
	// First is the line of the earlier record with the name.
	First int `json:"firstLine,omitempty"`
}

// Name returns field and reason; refusals are counted by it.
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

// seen holds the names of the records so far and their lines. It stores keyed digests, about
// 25 bytes per name.
type seen struct {
	seed  maphash.Seed
	lines map[uint64]uint32
}

func newSeen() *seen { return &seen{maphash.MakeSeed(), map[uint64]uint32{}} }

func (s *seen) add(name string, line int) { s.lines[maphash.String(s.seed, name)] = uint32(line) }

// line returns the line of the first record with the name, or 0.
func (s *seen) line(name string) int { return int(s.lines[maphash.String(s.seed, name)]) }

// maxUnused bounds the number of unused fields that are listed.
const maxUnused = 50

// unused collects the fields of a file that the mapping does not use.
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
