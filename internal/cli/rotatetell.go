package cli

import (
	"fmt"
	"strings"
	"time"

	"user-api/internal/config"
	"user-api/internal/rotation"
)

// stateJSON is a state as programs read it.
type stateJSON struct {
	Name  string     `json:"name"`
	Stage string     `json:"stage"`
	Next  string     `json:"next,omitempty"`
	Due   *time.Time `json:"due,omitempty"`
}

// stages are the words for how far a secret has come, and the steps that come next.
var stages = map[rotation.Stage]struct{ word, step string }{
	rotation.Settled:   {"settled", rotation.StepNext},
	rotation.Published: {"published", rotation.StepSwap},
	rotation.Swapped:   {"swapped", rotation.StepRetire},
	rotation.Foreign:   {"strange", ""},
}

// tellStates prints where secrets stand, and what is to be done after a step.
func (r *run) tellStates(states []rotation.State, o rotateOptions, again, dir string) error {
	var text strings.Builder
	var values []stateJSON
	due := time.Time{}
	for _, s := range states {
		stage := stages[s.Stage]
		value := stateJSON{Name: s.Name, Stage: stage.word, Next: stage.step}
		fmt.Fprintf(&text, "%-14s  %s", s.Name, stage.word)
		if !s.Due.IsZero() {
			at := s.Due.UTC().Truncate(time.Second)
			value.Due = &at
			fmt.Fprintf(&text, ", %s from %s on", stage.step, at.Format(time.RFC3339))
		}
		if s.Due.After(due) {
			due = s.Due
		}
		text.WriteByte('\n')
		values = append(values, value)
	}
	if o.step != "" {
		text.WriteString("\n" + whatNow(states, o, again, dir, due))
	}
	return r.print(text.String(), values)
}

// whatNow says what the operator does before the next step.
func whatNow(states []rotation.State, o rotateOptions, again, dir string, due time.Time) string {
	var second []string
	for _, s := range states {
		variable := s.Prev + config.FileSuffix
		if o.step == rotation.StepNext {
			variable += "=" + (rotation.Folder{Dir: dir}).Path(s.Prev)
		}
		second = append(second, variable)
	}
	list, from := strings.Join(second, "\n     "), "Then"
	if !due.IsZero() {
		from = "From " + due.UTC().Format(time.RFC3339) + " on"
	}
	inFiles := o.dir != ""
	switch {
	case o.step == rotation.StepNext && inFiles:
		return "1. On every node, with the folder as it is now, set\n     " + list + "\n   and restart one after the other.\n2. " + from + ": " + again + " --step swap\n"
	case o.step == rotation.StepNext:
		return "1. Restart the service.\n2. " + from + ": " + again + " --step swap\n"
	case o.step == rotation.StepSwap && inFiles:
		return "1. Restart every node within the hour, one after the other, with the folder as it is now.\n2. " + from +
			" take away, on every node,\n     " + list + "\n   and restart one after the other.\n3. Then: " + again + " --step retire\n"
	case o.step == rotation.StepSwap:
		return "1. Restart the service within the hour.\n2. " + from + ": " + again + " --step retire\n"
	case inFiles:
		return "The files of the old secrets are gone. A node that still has\n     " + list + "\ndoes not start.\n"
	default:
		return "Restart the service.\n"
	}
}

// again is the command that takes the next step, but for its name.
func (r *run) again(o rotateOptions, names []string) string {
	words := []string{"user-api secrets rotate"}
	if r.file != defaultFile {
		words = append(words, "-f "+r.file)
	}
	if o.dir != "" {
		words = append(words, "--dir "+o.dir)
	}
	return strings.Join(append(words, names...), " ")
}
