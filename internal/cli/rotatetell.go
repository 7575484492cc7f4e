package cli

import (
	"fmt"
	"strings"
	"time"

	"user-api/internal/config"
	"user-api/internal/rotation"
)

// stateJSON is the JSON form of a state.
type stateJSON struct {
	Name  string     `json:"name"`
	Stage string     `json:"stage"`
	Next  string     `json:"next,omitempty"`
	Due   *time.Time `json:"due,omitempty"`
}

// stages maps the state of a secret to its name and the next step.
var stages = map[rotation.Stage]struct{ word, step string }{
	rotation.Settled:   {"settled", rotation.StepNext},
	rotation.Published: {"published", rotation.StepSwap},
	rotation.Swapped:   {"swapped", rotation.StepRetire},
	rotation.Foreign:   {"strange", ""},
}

// printStates prints the states of the secrets, and what to do after a step.
func (r *run) printStates(states []rotation.State, o rotateOptions, again, dir string) error {
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
			fmt.Fprintf(&text, ", %s from %s", stage.step, at.Format(time.RFC3339))
		}
		if s.Due.After(due) {
			due = s.Due
		}
		text.WriteByte('\n')
		values = append(values, value)
	}
	if o.step != "" {
		text.WriteString("\n" + nextSteps(states, o, again, dir, due))
	}
	return r.print(text.String(), values)
}

// nextSteps returns what the operator has to do before the next step.
func nextSteps(states []rotation.State, o rotateOptions, again, dir string, due time.Time) string {
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
		from = "After " + due.UTC().Format(time.RFC3339)
	}
	inFiles := o.dir != ""
	switch {
	case o.step == rotation.StepNext && inFiles:
		return "1. Copy the directory to every node, set\n     " + list + "\n   and restart the nodes one after another.\n2. " + from + ": " + again + " --step swap\n"
	case o.step == rotation.StepNext:
		return "1. Restart the service.\n2. " + from + ": " + again + " --step swap\n"
	case o.step == rotation.StepSwap && inFiles:
		return "1. Copy the directory to every node and restart the nodes one after another, within an hour.\n2. " + from +
			" unset, on every node,\n     " + list + "\n   and restart the nodes one after another.\n3. Then: " + again + " --step retire\n"
	case o.step == rotation.StepSwap:
		return "1. Restart the service within an hour.\n2. " + from + ": " + again + " --step retire\n"
	case inFiles:
		return "The files of the old secrets are deleted. A node that still has\n     " + list + "\nwill not start.\n"
	default:
		return "Restart the service.\n"
	}
}

// again returns the command line for the next step, without the step.
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
