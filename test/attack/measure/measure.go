// Package measure tells whether two kinds of answer can be told apart: by what
// is in them, or by how long they took.
package measure

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AUC is the chance that a random time of a is longer than one of b: 0.5 is a
// coin, 0 and 1 are certainty.
func AUC(a, b []time.Duration) float64 {
	var longer float64
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				longer++
			case x == y:
				longer += 0.5
			}
		}
	}
	return longer / float64(len(a)*len(b))
}

// Deviation is how far from 0.5 the AUC of so many times of one kind typically is.
func Deviation(m, n int) float64 { return math.Sqrt(float64(m+n+1) / float64(12*m*n)) }

// Median is the middle one of the times.
func Median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}

// Shape is what is left of an answer when its values are taken away: status, names
// of headers, length, and the names and types in the body. Two answers of one
// shape tell no more than the values that are meant to differ, such as an id.
func Shape(status int, header http.Header, body []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %v %d bytes", status, slices.Sorted(maps.Keys(header)), len(body))
	var value any
	if json.Unmarshal(body, &value) == nil {
		b.WriteString(" " + shape(value))
	}
	return b.String()
}

func shape(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			field := name + " " + shape(v[name])
			if name == "code" || name == "msg" || name == "field" { // constants, which must not differ
				field = fmt.Sprintf("%s %q", name, v[name])
			}
			fields = append(fields, field)
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		return fmt.Sprintf("[%d]", len(v))
	case string:
		return fmt.Sprintf("text of %d", len(v))
	default:
		return fmt.Sprintf("%T", v)
	}
}
