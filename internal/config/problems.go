package config

import (
	"fmt"
	"slices"
	"strings"
)

type (
	// Problem is a violated rule.
	Problem struct {
		// Key is the path of the key, such as Auth.AccessExpire or CacheRedis[0].Host, or
		// empty if the problem concerns the whole file.
		Key string
		// Rule states the required value, and the actual one unless it is a secret.
		Rule string
	}

	// Problems lists everything wrong with a configuration: first the values that could not
	// be parsed, then the violated rules, each section by section.
	Problems []Problem
)

// Error returns one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// String returns "key: rule".
func (p Problem) String() string {
	if p.Key == "" {
		return p.Rule
	}
	return p.Key + ": " + p.Rule
}

func (p *Problems) add(key, format string, args ...any) {
	*p = append(*p, Problem{Key: key, Rule: fmt.Sprintf(format, args...)})
}

// join adds the problems of keys that have none yet: a key whose value could not be parsed
// has its default, and should not be reported for that as well.
func (p *Problems) join(more Problems) {
	read := *p
	for _, problem := range more {
		if !slices.ContainsFunc(read, func(r Problem) bool { return r.Key == problem.Key }) {
			*p = append(*p, problem)
		}
	}
}
