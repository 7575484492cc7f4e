// Package rotation changes the service's own secrets in three steps, so that no node ever
// rejects what another node has signed:
//
//	next    every node accepts a new secret in addition to the current one
//	swap    the new secret becomes current and the old one is still accepted
//	retire  the old secret is removed, once nothing depends on it
//
// Between two steps every node is restarted. The stage of a secret is derived from the
// secrets themselves and a noted mark of the new one, so an interrupted command can simply
// be repeated.
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

// The steps, as named on the command line.
const (
	StepNext   = "next"
	StepSwap   = "swap"
	StepRetire = "retire"
)

// ErrRefused is wrapped by the error of every refused step; nothing has been changed then.
var ErrRefused = errors.New("refused")

// Stage is the progress of a secret.
type Stage int

// The stages of a secret, in order.
const (
	// Settled means that there is no second secret.
	Settled Stage = iota
	// Published means that the next secret is also accepted.
	Published
	// Swapped means that the previous secret is also accepted.
	Swapped
	// Foreign means that a second secret is accepted that no step has put there.
	Foreign
)

type (
	// Secret is a secret that is changed in steps.
	Secret struct {
		// Name is its variable, and Prev the variable of the second secret.
		Name, Prev string
		// Settle is the minimum time from next to swap, Keep the minimum from swap to retire.
		Settle, Keep time.Duration
		// New generates a new secret.
		New func(io.Reader) (string, error)
	}

	// Note records a change that is in progress.
	Note struct {
		// Mark identifies the new secret without revealing anything about it.
		Mark      string
		Published time.Time
		Swapped   time.Time `json:",omitzero"`
	}

	// Place stores secrets by their variables. Each call is atomic, even if it is
	// interrupted.
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

	// Rotation changes the secrets in a place.
	Rotation struct {
		Place   Place
		Secrets []Secret
		Now     func() time.Time
		Rand    io.Reader
	}

	// State is the current state of a secret.
	State struct {
		Name, Prev string
		Stage      Stage
		// Due is when the next step may be taken; zero if it may be taken now.
		Due time.Time
	}
)

// States returns the states of the named secrets, or of all that exist if none is named.
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
			return nil, fmt.Errorf("%s is not set here: %w", s.Name, ErrRefused)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(r.Secrets, func(s Secret) bool { return s.Name == name }) {
			return nil, fmt.Errorf("%s cannot be rotated in steps: %w", name, ErrRefused)
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
		state.Stage = Foreign
	}
	return state, true, nil
}

// due returns the end of a waiting period, or the zero time if it is over.
func (r Rotation) due(since time.Time, wait time.Duration) time.Time {
	if end := since.Add(wait); end.After(r.Now()) {
		return end
	}
	return time.Time{}
}

// markOf identifies a secret. It reveals nothing, because the secret is random and cannot
// be guessed.
func markOf(secret string) string {
	sum := sha256.Sum256([]byte("user-api mark of a secret\x00" + secret))
	return hex.EncodeToString(sum[:8])
}
