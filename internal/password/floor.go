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
	// effort is the work of a hash. The costs of a family add up: two hashes of it
	// together take the time of one of the sum.
	effort struct {
		family string
		cost   int
	}

	// step is a part of a verification: the hash itself, or one that only takes time.
	step struct {
		form
		real bool
	}

	// floor is the work that every verification does, whatever hash is verified: one of
	// our own, and the costliest of each family of which there are imported hashes. So
	// the time of an answer does not tell whether an account was imported, and from
	// where. It counts work and knows no clock, so it holds on every machine.
	floor struct {
		own      string
		costs    map[string]int
		families []string // in the order in which they are run
	}
)

// String is the name of an effort, as Effort tells it and SetForeign reads it.
func (e effort) String() string { return fmt.Sprintf("%s %d", e.family, e.cost) }

// readEffort reads the name of an effort, within the bounds of the hashes it is of.
func readEffort(text string) (effort, error) {
	at := max(0, strings.LastIndexByte(text, ' '))
	cost, err := strconv.Atoi(strings.TrimPrefix(text[at:], " "))
	e := effort{text[:at], cost}
	if err != nil || cost < 1 || cost > e.most() {
		return effort{}, fmt.Errorf("password: %q is not the name of an effort", text)
	}
	return e, nil
}

// most is the most that a hash of the family may cost, 0 for no family.
func (e effort) most() int {
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

// argon2Of and scryptOf are hashes of parameters, of which only the work counts.
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

// Effort names the work that it takes to verify a stored hash, "" where that is the
// work of a new one. It fails with ErrStored.
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

// SetForeign says which efforts the imported hashes need that are left. From then on
// every verification takes the time of the costliest, so that imported accounts are
// not told from others; and what such a hash is, is replaced at the next sign-in.
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

// steps are the work of verifying a hash, in an order that is the same for every hash:
// what one leaves behind in memory and caches costs or saves the next some
// milliseconds. An argon2id hash of other parameters that nobody has imported stands in
// the place of one of our own.
func (f *floor) steps(hash form) []step {
	of := hash.effort()
	place := of.family
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
			left.cost -= of.cost
		}
		if family != place || family == of.family {
			all = append(all, left.decoys()...)
		}
	}
	if !found {
		all = append(all, step{hash, true})
	}
	return all
}

// decoys are hashes that nobody has, which together take an effort. They are compared as
// the hash itself is, so that they take the same way through the program as well.
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
		s, _ := scryptOf(params) // readEffort has seen the parameters
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

// weight is how many turns at the gate the floor takes together with an effort.
func (h *Hasher) weight(f *floor, more effort) int {
	most := h.weightOf(more.family)
	for _, family := range f.families {
		most = max(most, h.weightOf(family))
	}
	return most
}

// weightOf is how many turns at the gate a hash takes: as many as it uses cores or
// shares of the memory of a new hash, so that imported hashes keep its bounds.
func (h *Hasher) weightOf(family string) int {
	name, params, _ := strings.Cut(family, " ")
	memory, lanes := uint32(1), uint32(1)
	switch name {
	case argon2id, argon2i:
		s, _ := argon2Of(name, params) // as effort wrote it
		memory, lanes = s.Memory, uint32(s.Parallelism)
	case formScrypt:
		s, _ := scryptOf(params)
		memory = uint32(s.r<<s.ln) / 8 // 128·r·N bytes
	}
	shares := (memory + h.params.Memory - 1) / h.params.Memory
	return int(max(shares, lanes))
}
