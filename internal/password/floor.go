package password

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const familyBcrypt = "bcrypt"

type (
	// effort is the work of a hash. The costs of a family add up: two hashes of it
	// together take the time of one of the sum.
	effort struct {
		family string
		cost   int
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

func readEffort(text string) (effort, error) {
	at := strings.LastIndexByte(text, ' ')
	if at < 0 {
		return effort{}, fmt.Errorf("password: %q is not the name of an effort", text)
	}
	cost, err := strconv.Atoi(text[at+1:])
	if err != nil || cost < 1 {
		return effort{}, fmt.Errorf("password: %q is not the name of an effort", text)
	}
	return effort{text[:at], cost}, nil
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

// rest is what of the floor is left beside the work of a hash. An argon2id hash of other
// parameters that nobody has imported stands for one of our own.
func (f *floor) rest(done effort) []effort {
	_, known := f.costs[done.family]
	var left []effort
	for _, family := range f.families {
		e := effort{family, f.costs[family]}
		switch {
		case family == done.family:
			e.cost -= done.cost
		case family == f.own && !known && strings.HasPrefix(done.family, argon2id):
			e.cost = 0
		}
		if e.cost > 0 {
			left = append(left, e)
		}
	}
	return left
}

// run does the work of an effort, once for each spelling that a hash of its family is
// tried with.
func run(e effort, password string) {
	name, params, _ := strings.Cut(e.family, " ")
	if name == argon2id {
		runArgon2(name, params, password)
		return
	}
	for _, candidate := range spellings(password) {
		switch name {
		case familyBcrypt:
			runBcrypt(e.cost, candidate)
		case formScrypt:
			runScrypt(params, candidate)
		case argon2i:
			runArgon2(name, params, candidate)
		default:
			runPBKDF2(name, e.cost, candidate)
		}
	}
}

func runArgon2(variant, params, password string) {
	s := stored{variant: variant, salt: []byte(bcryptDecoy[:16]), Params: Params{SaltLen: 16, KeyLen: 32}}
	if _, err := fmt.Sscanf(params, "m=%d,t=%d,p=%d", &s.Memory, &s.Time, &s.Parallelism); err == nil {
		s.derive(password) // only the work counts
	}
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
	memory, lanes := uint32(0), uint32(1)
	switch name {
	case argon2id, argon2i:
		var passes int
		_, _ = fmt.Sscanf(params, "m=%d,t=%d,p=%d", &memory, &passes, &lanes) // as effort writes it
	case formScrypt:
		var ln, r int
		_, _ = fmt.Sscanf(params, "ln=%d,r=%d", &ln, &r)
		memory = uint32(r<<ln) / 8 // 128·r·N bytes
	}
	shares := (memory + h.params.Memory - 1) / h.params.Memory
	return int(max(shares, lanes))
}
