package rotation

import (
	"fmt"
	"time"
)

// Take takes a step with the named secrets or, if none is named, with all secrets that are
// at that step. It validates all of them before it changes any. force retires a secret that
// may still be needed or that no step has put there. It fails with ErrRefused.
func (r Rotation) Take(step string, force bool, names ...string) ([]State, error) {
	states, err := r.States(names...)
	if err != nil {
		return nil, err
	}
	var selected []State
	for _, state := range states {
		refusal := refuse(step, state, force)
		switch {
		case refusal == nil:
			selected = append(selected, state)
		case len(names) > 0 || state.Stage == stageOf[step] || state.Stage == Foreign:
			return nil, refusal
		}
	}
	if len(selected) == 0 {
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
	for _, state := range selected {
		if err := r.take(step, r.secret(state.Name), notes); err != nil {
			return nil, fmt.Errorf("%s: %w", state.Name, err)
		}
		taken = append(taken, state.Name)
	}
	return r.States(taken...)
}

// stageOf is the stage at which a secret is due for a step.
var stageOf = map[string]Stage{StepNext: Settled, StepSwap: Published, StepRetire: Swapped}

// refuse returns why a step cannot be taken, or nil.
func refuse(step string, s State, force bool) error {
	no := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s: %w", s.Name, fmt.Sprintf(format, args...), ErrRefused)
	}
	switch {
	case step != StepNext && step != StepSwap && step != StepRetire:
		return no("%q is not a step: the steps are %s, %s and %s", step, StepNext, StepSwap, StepRetire)
	case s.Stage == Foreign && !(force && step == StepRetire):
		return no("%s was not set by this command: remove it, or retire it with --force", s.Prev)
	case step == StepNext && s.Stage == Published:
		return no("the next secret is already published: swap comes next")
	case step == StepNext && s.Stage == Swapped:
		return no("the previous secret is still accepted: retire comes next")
	case step == StepSwap && s.Stage == Settled:
		return no("no new secret has been published: next comes first, or nodes would reject what the first swapped node signs")
	case step == StepSwap && s.Stage == Swapped:
		return no("already swapped: retire comes next")
	case step == StepSwap && !s.Due.IsZero():
		return no("published too recently: wrong attempts at codes sent before that would be counted separately; wait until %s", s.Due.UTC().Format(time.RFC3339))
	case step == StepRetire && s.Stage == Settled:
		return no("there is nothing to retire")
	case step == StepRetire && s.Stage == Published && !force:
		return no("the next secret is only published, not in use: swap comes next")
	case step == StepRetire && !s.Due.IsZero() && !force:
		return no("tokens and codes of the previous secret are valid until %s; --force retires it now", s.Due.UTC().Format(time.RFC3339))
	}
	return nil
}

// take writes its note before it makes the change. Afterwards the positions of the secrets
// show whether the change was made, so an interrupted step can be resumed.
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
