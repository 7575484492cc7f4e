// Package rotation changes the service's own secrets in three steps, so that no node
// ever refuses what another has signed:
//
//	next    a new secret is accepted beside the one in use, on every node
//	swap    the new one is used, and the old one accepted beside it
//	retire  the old one is taken away, once nothing of it is left
//
// Between two steps every node is started again. Where a secret is in these steps is
// read off the secrets themselves, with a mark that was noted of the new one: a
// command that was cut off is simply given again.
package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// The steps, by their words on the command line.
const (
	StepNext   = "next"
	StepSwap   = "swap"
	StepRetire = "retire"
)

// ErrRefused is the reason of every step that was refused; nothing has been changed.
var ErrRefused = errors.New("refused")

// Stage is how far a secret has come.
type Stage int

// The stages of a secret, in their order.
const (
	// Settled is a secret that has none beside it.
	Settled Stage = iota
	// Published is one beside which the next is accepted.
	Published
	// Swapped is one beside which the one before it is accepted.
	Swapped
	// Strange is one beside which another is accepted that no step has put there.
	Strange
)

type (
	// Secret is one that is changed in steps.
	Secret struct {
		// Name is its variable, and Prev that of the other one, which is accepted.
		Name, Prev string
		// Settle is the least time from next to swap, Keep that from swap to retire.
		Settle, Keep time.Duration
		// New makes another one.
		New func(io.Reader) (string, error)
	}

	// Note is what is remembered of a change under way.
	Note struct {
		// Mark tells the new secret from the old one, and nothing else about it.
		Mark      string
		Published time.Time
		Swapped   time.Time `json:",omitzero"`
	}

	// Place keeps secrets by their variables. Each call is done or not done, whatever
	// happens meanwhile.
	Place interface {
		// Get returns a secret, or "".
		Get(name string) (string, error)
		Put(name, secret string) error
		// Exchange swaps two secrets.
		Exchange(a, b string) error
		Remove(name string) error
		Notes() (map[string]Note, error)
		SetNotes(map[string]Note) error
	}

	// Rotation changes the secrets of a place.
	Rotation struct {
		Place   Place
		Secrets []Secret
		Now     func() time.Time
		Rand    io.Reader
	}

	// State is a secret as it stands.
	State struct {
		Name, Prev string
		Stage      Stage
		// Due is from when on the next step may be taken; zero where it may be now.
		Due time.Time
	}
)

// States tells where the named secrets stand; without names those that are there.
func (r Rotation) States(names ...string) ([]State, error) {
	notes, err := r.Place.Notes()
	if err != nil {
		return nil, err
	}
	var states []State
	for _, s := range r.Secrets {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		state, there, err := r.state(s, notes[s.Name])
		switch {
		case err != nil:
			return nil, err
		case there:
			states = append(states, state)
		case len(names) > 0:
			return nil, fmt.Errorf("%s is not here: %w", s.Name, ErrRefused)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(r.Secrets, func(s Secret) bool { return s.Name == name }) {
			return nil, fmt.Errorf("%s is none of the secrets that are changed in steps: %w", name, ErrRefused)
		}
	}
	if len(states) == 0 {
		return nil, fmt.Errorf("there are no secrets here: %w", ErrRefused)
	}
	return states, nil
}

func (r Rotation) state(s Secret, note Note) (state State, there bool, err error) {
	current, err := r.Place.Get(s.Name)
	if err != nil || current == "" {
		return state, false, err
	}
	other, err := r.Place.Get(s.Prev)
	if err != nil {
		return state, false, err
	}
	state = State{Name: s.Name, Prev: s.Prev}
	switch {
	case other == "":
	case note.Mark == markOf(other):
		state.Stage, state.Due = Published, r.due(note.Published, s.Settle)
	case note.Mark == markOf(current):
		state.Stage, state.Due = Swapped, r.due(note.Swapped, s.Keep)
	default:
		state.Stage = Strange
	}
	return state, true, nil
}

// due is the end of a wait, zero once it is over.
func (r Rotation) due(since time.Time, wait time.Duration) time.Time {
	if end := since.Add(wait); end.After(r.Now()) {
		return end
	}
	return time.Time{}
}

// markOf is of a secret that was made at random, so that nothing can be learned from
// it: it is a digest of 256 bits that nobody can guess.
func markOf(secret string) string {
	sum := sha256.Sum256([]byte("user-api mark of a secret\x00" + secret))
	return hex.EncodeToString(sum[:8])
}
