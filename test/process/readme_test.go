package process

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type (
	// fence is a fenced block of a Markdown text, and the line before it.
	fence struct{ before, language, text string }

	// step is a block of the tour and the answer that the README shows for it.
	step struct {
		variables map[string]string // shell variable → path in the previous answer
		command   string
		want      string
	}
)

// tourMark matches the comment before each block of the tour.
var tourMark = regexp.MustCompile(`^<!-- tour(:(?: [A-Z_]+=[A-Za-z0-9.]+)+)? -->$`)

func readme(t *testing.T) []fence {
	t.Helper()
	return fencesOf(t, "README.md")
}

// fencesOf returns the fenced blocks of a page.
func fencesOf(t *testing.T, page string) []fence {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, page))
	if err != nil {
		t.Fatal(err)
	}
	var fences []fence
	var open *fence
	before := ""
	for line := range strings.Lines(string(text)) {
		trimmed := strings.TrimSpace(line)
		language, isFence := strings.CutPrefix(trimmed, "```")
		switch {
		case isFence && open == nil:
			open = &fence{before: before, language: language}
		case isFence:
			fences = append(fences, *open)
			open, before = nil, ""
		case open != nil:
			open.text += line
		case trimmed != "":
			before = trimmed
		}
	}
	return fences
}

// tour parses the steps of a page. Lines with an ellipsis are for human readers.
func tour(t *testing.T, page string) []step {
	t.Helper()
	var steps []step
	fences := fencesOf(t, page)
	for i, f := range fences {
		mark := tourMark.FindStringSubmatch(f.before)
		if mark == nil {
			if strings.Contains(f.before, "tour") && strings.HasPrefix(f.before, "<!--") {
				t.Fatalf("%s: %q cannot be read", page, f.before)
			}
			continue
		}
		if f.language != "sh" || i+1 == len(fences) || fences[i+1].language == "sh" {
			t.Fatalf("%s: the block after %q is no sh with an answer:\n%s", page, f.before, f.text)
		}
		s := step{variables: map[string]string{}, want: strings.TrimSpace(fences[i+1].text)}
		for _, pair := range strings.Fields(strings.TrimPrefix(mark[1], ":")) {
			name, path, _ := strings.Cut(pair, "=")
			s.variables[name] = path
		}
		for line := range strings.Lines(f.text) {
			if !strings.Contains(line, "…") {
				s.command += line
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// at follows a path such as messages.0.otp and returns the text there.
func at(answer any, path string) (string, bool) {
	for name := range strings.SplitSeq(path, ".") {
		switch inner := answer.(type) {
		case map[string]any:
			answer = inner[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(inner) {
				return "", false
			}
			answer = inner[i]
		}
	}
	text, ok := answer.(string)
	return text, ok
}

// differences compares an answer with the one in the README: the same text or, for JSON,
// the same keys and types, and the same values where they do not depend on time or
// randomness.
func differences(want, got string) []string {
	var w, g map[string]any
	if json.Unmarshal([]byte(want), &w) == nil && json.Unmarshal([]byte(got), &g) == nil {
		return differ("", w, g)
	}
	if want != got {
		return []string{fmt.Sprintf("got %q, README shows %q", got, want)}
	}
	return nil
}

// steady lists the keys whose values are the same in every run.
var steady = []string{"status", "channel", "code", "msg", "isNewUser", "tokenType", "role", "to", "phone"}

func differ(path string, want, got any) (found []string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: got %v, README shows an object", path, got)}
		}
		for key := range g {
			if _, shown := w[key]; !shown {
				found = append(found, fmt.Sprintf("%s.%s: README does not show it", path, key))
			}
		}
		for key, value := range w {
			inner, there := g[key]
			if !there {
				found = append(found, fmt.Sprintf("%s.%s: is not there", path, key))
				continue
			}
			if slices.Contains(steady, key) && inner != value {
				found = append(found, fmt.Sprintf("%s.%s: got %v, README shows %v", path, key, inner, value))
			}
			found = append(found, differ(path+"."+key, value, inner)...)
		}
		return found
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: got %v, README shows a list of %d", path, got, len(w))}
		}
		for i := range w {
			found = append(found, differ(fmt.Sprintf("%s.%d", path, i), w[i], g[i])...)
		}
		return found
	}
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		return []string{fmt.Sprintf("%s: got %v, README shows %v", path, got, want)}
	}
	return nil
}
