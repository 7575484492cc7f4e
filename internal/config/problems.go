package config

import (
	"fmt"
	"slices"
	"strings"
)

type (
	// Problem is a key that breaks a rule.
	Problem struct {
		// Key is the key's path, as Auth.AccessExpire or CacheRedis[0].Host;
		// empty when the file as a whole is at fault.
		Key string
		// Rule says what must be, and what is unless that is a secret.
		Rule string
	}

	// Problems are all that is wrong with a configuration: first what cannot be
	// read, then the rules that are broken, each section by section.
	Problems []Problem
)

// Error gives one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// String gives "key: rule".
func (p Problem) String() string {
	if p.Key == "" {
		return p.Rule
	}
	return p.Key + ": " + p.Rule
}

func (p *Problems) add(key, format string, args ...any) {
	*p = append(*p, Problem{Key: key, Rule: fmt.Sprintf(format, args...)})
}

// join adds the problems of keys that have none yet: what could not be read was
// left at its default, and is not to be blamed for that as well.
func (p *Problems) join(more Problems) {
	read := *p
	for _, problem := range more {
		if !slices.ContainsFunc(read, func(r Problem) bool { return r.Key == problem.Key }) {
			*p = append(*p, problem)
		}
	}
}
