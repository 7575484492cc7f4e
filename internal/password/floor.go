package password

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const familyBcrypt = "bcrypt"

type (
	// effort is the work of a hash. Costs within a family add up: two hashes take the time of one
	// with the sum of their costs.
	effort struct {
		family string
		cost   int
	}

	// step is a part of a verification: the hash itself, or a decoy.
	step struct {
		form
		real bool
	}

	// floor is the work that every verification does, whatever the hash: one of our own, and the
	// most expensive of each family of imported hashes. So the time of an answer does not reveal
	// whether an account was imported, and from where. It counts work, not time, so it holds on
	// every machine.
	floor struct {
		own      string
		costs    map[string]int
		families []string // in execution order
	}
)

// String returns the name of an effort, as used by Effort and SetForeign.
func (e effort) String() string { return fmt.Sprintf("%s %d", e.family, e.cost) }

// readEffort parses the name of an effort within the bounds of its hashes.
func readEffort(text string) (effort, error) {
	at := max(0, strings.LastIndexByte(text, ' '))
	cost, err := strconv.Atoi(strings.TrimPrefix(text[at:], " "))
	e := effort{text[:at], cost}
	if err != nil || cost < 1 || cost > e.maxCost() {
		return effort{}, fmt.Errorf("password: %q is not a valid effort", text)
	}
	return e, nil
}

// maxCost returns the maximum cost in the family, 0 for an unknown family.
func (e effort) maxCost() int {
	name, params, _ := strings.Cut(e.family, " ")
	switch name {
	case familyBcrypt:
		return 1 << maxBcryptCost
	case formScrypt:
		if s, err := scryptOf(params); err == nil && s.effort().family == e.family {
			return 1
		}
	case argon2id, argon2i:
		if s, err := argon2Of(name, params); err == nil && s.effort().family == e.family {
			return 1
		}
	}
	if _, known := pbkdf2Digests[e.family]; known {
		return maxIterations
	}
	return 0
}

// argon2Of and scryptOf return hashes with parameters, for their work only.
func argon2Of(variant, params string) (stored, error) {
	s := stored{variant: variant, salt: []byte(decoySalt), Params: Params{SaltLen: 16, KeyLen: 32}}
	if _, err := fmt.Sscanf(params, "m=%d,t=%d,p=%d", &s.Memory, &s.Time, &s.Parallelism); err != nil {
		return s, fmt.Errorf("password: parameters: %w", err)
	}
	return s, s.check()
}

func scryptOf(params string) (scryptHash, error) {
	s := scryptHash{form: formScrypt, salt: []byte(decoySalt), key: make([]byte, 32)}
	if _, err := fmt.Sscanf(params, "ln=%d,r=%d,p=%d", &s.ln, &s.r, &s.p); err != nil {
		return s, fmt.Errorf("password: parameters: %w", err)
	}
	return s, s.check()
}

// Effort returns the name of the work to verify a stored hash, "" if it is that of a new hash. It
// fails with ErrStored.
func (h *Hasher) Effort(hash string) (string, error) {
	f, err := read(hash)
	if err != nil {
		return "", err
	}
	if e := f.effort(); e != h.own() {
		return e.String(), nil
	}
	return "", nil
}

// SetForeign sets the efforts of the imported hashes still in use. From then on every verification
// takes the time of the most expensive ones, so that imported accounts are indistinguishable, and
// such hashes are replaced at the next sign-in.
func (h *Hasher) SetForeign(efforts []string) error {
	next := floor{own: h.own().family, costs: map[string]int{h.own().family: 1}}
	for _, text := range efforts {
		e, err := readEffort(text)
		if err != nil {
			return err
		}
		next.costs[e.family] = max(next.costs[e.family], e.cost)
	}
	next.families = slices.Sorted(maps.Keys(next.costs))
	h.floor.Store(&next)
	return nil
}

func (h *Hasher) own() effort { return stored{Params: h.params, variant: argon2id}.effort() }

// steps returns the work to verify a hash, in the same order for every hash, because what one step
// leaves in caches affects the next by milliseconds. An argon2id hash with other parameters that
// nobody has imported takes the place of one of our own.
func (f *floor) steps(hash form) []step {
	actual := hash.effort()
	place := actual.family
	if _, known := f.costs[place]; !known && strings.HasPrefix(place, argon2id) {
		place = f.own
	}
	var all []step
	found := false
	for _, family := range f.families {
		left := effort{family, f.costs[family]}
		if family == place {
			found = true
			all = append(all, step{hash, true})
			left.cost -= actual.cost
		}
		if family != place || family == actual.family {
			all = append(all, left.decoys()...)
		}
	}
	if !found {
		all = append(all, step{hash, true})
	}
	return all
}

// decoys returns hashes that match no known password and together take an effort. They are compared
// like real hashes, so that they take the same code path.
func (e effort) decoys() []step {
	name, params, _ := strings.Cut(e.family, " ")
	var all []step
	switch {
	case e.cost < 1:
	case name == familyBcrypt:
		for rounds, cost := e.cost, maxBcryptCost; cost >= bcrypt.MinCost; cost-- {
			for ; rounds >= 1<<cost; rounds -= 1 << cost {
				b := bcryptHash{text: fmt.Sprintf("$2b$%02d$%s", cost, bcryptDecoy), cost: cost}
				all = append(all, step{form: asTyped{b}})
			}
		}
	case name == formScrypt:
		s, _ := scryptOf(params) // readEffort has checked the parameters
		all = []step{{form: asTyped{s}}}
	case name == argon2i:
		s, _ := argon2Of(name, params)
		all = []step{{form: asTyped{s}}}
	case name == argon2id:
		s, _ := argon2Of(name, params)
		all = []step{{form: s}}
	default:
		k := pbkdf2Hash{form: name, iterations: e.cost, salt: []byte(decoySalt), key: make([]byte, pbkdf2Digests[name].length)}
		all = []step{{form: asTyped{k}}}
	}
	return all
}

// weight returns the number of slots for the floor together with an effort.
func (h *Hasher) weight(f *floor, more effort) int {
	most := h.weightOf(more.family)
	for _, family := range f.families {
		most = max(most, h.weightOf(family))
	}
	return most
}

// weightOf returns the number of slots for a hash: the number of its cores, or how many times it
// needs the memory of a new hash. So imported hashes stay within the limits.
func (h *Hasher) weightOf(family string) int {
	name, params, _ := strings.Cut(family, " ")
	memory, lanes := uint32(1), uint32(1)
	switch name {
	case argon2id, argon2i:
		s, _ := argon2Of(name, params) // written by effort
		memory, lanes = s.Memory, uint32(s.Parallelism)
	case formScrypt:
		s, _ := scryptOf(params)
		memory = uint32(s.r<<s.ln) / 8 // 128·r·N bytes
	}
	shares := (memory + h.params.Memory - 1) / h.params.Memory
	return int(max(shares, lanes))
}
