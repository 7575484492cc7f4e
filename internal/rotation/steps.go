package rotation

import (
	"fmt"
	"time"
)

// Take takes a step with the named secrets; without names with all that are there and
// for which it is the turn. Every one is judged before any is changed. force retires
// what may still be needed, and forgets what no step has put there. Fails with
// ErrRefused.
func (r Rotation) Take(step string, force bool, names ...string) ([]State, error) {
	states, err := r.States(names...)
	if err != nil {
		return nil, err
	}
	var turn []State
	for _, state := range states {
		refusal := refuse(step, state, force)
		switch {
		case refusal == nil:
			turn = append(turn, state)
		case len(names) > 0 || !elsewhere(step, state):
			return nil, refusal
		}
	}
	if len(turn) == 0 {
		return nil, refuse(step, states[0], force)
	}
	notes, err := r.Place.Notes()
	if err != nil {
		return nil, err
	}
	if notes == nil {
		notes = map[string]Note{}
	}
	var taken []string
	for _, state := range turn {
		if err := r.take(step, r.secret(state.Name), notes); err != nil {
			return nil, fmt.Errorf("%s: %w", state.Name, err)
		}
		taken = append(taken, state.Name)
	}
	return r.States(taken...)
}

// elsewhere reports whether a secret has a step of its own ahead, so that one who
// names none does not mean it.
func elsewhere(step string, state State) bool {
	switch step {
	case StepNext:
		return state.Stage == Published || state.Stage == Swapped
	case StepSwap:
		return state.Stage == Settled || state.Stage == Swapped
	default:
		return state.Stage == Settled || state.Stage == Published
	}
}

// refuse says why a step cannot be taken.
func refuse(step string, s State, force bool) error {
	no := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s: %w", s.Name, fmt.Sprintf(format, args...), ErrRefused)
	}
	switch {
	case step != StepNext && step != StepSwap && step != StepRetire:
		return no("%q is no step: they are %s, %s and %s", step, StepNext, StepSwap, StepRetire)
	case s.Stage == Strange && !(force && step == StepRetire):
		return no("%s is set, and not by this command: take it away, or retire it with --force", s.Prev)
	case step == StepNext && s.Stage == Published:
		return no("the next one is published already: swap comes next")
	case step == StepNext && s.Stage == Swapped:
		return no("the one before is still accepted: retire comes next")
	case step == StepSwap && s.Stage == Settled:
		return no("nothing was published: next comes first, or nodes would refuse what the first of them signs")
	case step == StepSwap && s.Stage == Swapped:
		return no("was swapped already: retire comes next")
	case step == StepSwap && !s.Due.IsZero():
		return no("was published a moment ago: wrong tries at codes that were sent before it would be counted apart; wait until %s", s.Due.UTC().Format(time.RFC3339))
	case step == StepRetire && s.Stage == Settled:
		return no("there is nothing to retire")
	case step == StepRetire && s.Stage == Published && !force:
		return no("is in use, and the next one is only published: swap comes next")
	case step == StepRetire && !s.Due.IsZero() && !force:
		return no("what the one before has signed lives until %s; --force ends it now", s.Due.UTC().Format(time.RFC3339))
	}
	return nil
}

// take notes what it is about to do before it does it: which secret is in which place
// tells afterwards whether it was done, and so what was cut off can be taken up.
func (r Rotation) take(step string, s Secret, notes map[string]Note) error {
	switch step {
	case StepNext:
		next, err := s.New(r.Rand)
		if err != nil {
			return err
		}
		notes[s.Name] = Note{Mark: markOf(next), Published: r.Now().UTC()}
		if err := r.Place.SetNotes(notes); err != nil {
			return err
		}
		return r.Place.Put(s.Prev, next)
	case StepSwap:
		note := notes[s.Name]
		note.Swapped = r.Now().UTC()
		notes[s.Name] = note
		if err := r.Place.SetNotes(notes); err != nil {
			return err
		}
		return r.Place.Exchange(s.Name, s.Prev)
	default:
		if err := r.Place.Remove(s.Prev); err != nil {
			return err
		}
		delete(notes, s.Name)
		return r.Place.SetNotes(notes)
	}
}

func (r Rotation) secret(name string) Secret {
	for _, s := range r.Secrets {
		if s.Name == name {
			return s
		}
	}
	return Secret{}
}
