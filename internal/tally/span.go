package tally

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spans are the lengths of time by which is counted, the shortest first. Each is kept
// so long that a year has a few hundred thousand rows at most.
var spans = []span{
	{name: "m", length: 10 * time.Minute, keep: 14 * 24 * time.Hour},
	{name: "h", length: time.Hour, keep: 100 * 24 * time.Hour},
	{name: "d", length: 24 * time.Hour},
}

// writers is the first letter of ids of writers, keepWriter how long one is kept: longer
// than a process lives as a rule. One that lives on makes its row anew.
const (
	writers    = "w"
	keepWriter = 30 * 24 * time.Hour
)

// span is a length of time by which is counted. It begins at a multiple of itself since
// 1970, in UTC.
type span struct {
	name   string
	length time.Duration
	// keep is for how long such counts are kept; 0 is as long as the retention.
	keep time.Duration
}

// spanOf is the span of a length; false where there is none.
func spanOf(length time.Duration) (span, bool) {
	for _, s := range spans {
		if s.length == length {
			return s, true
		}
	}
	return span{}, false
}

// begin is when the span at a time began, both in Unix seconds.
func (s span) begin(at int64) int64 {
	length := int64(s.length.Seconds())
	return at - at%length
}

// id sorts by time within a span.
func (s span) id(begin int64, kind Kind, label string) string {
	return s.from(begin) + "." + string(kind) + "." + label
}

// from is before the ids of a span that begins at a time, and behind all earlier ones.
func (s span) from(begin int64) string { return fmt.Sprintf("%s.%012d", s.name, begin) }

// read takes an id apart.
func (s span) read(id string) (c count, ok bool) {
	parts := strings.SplitN(id, ".", 4)
	if len(parts) != 4 || parts[0] != s.name {
		return count{}, false
	}
	begin, err := strconv.ParseInt(parts[1], 10, 64)
	return count{begin: begin, kind: Kind(parts[2]), label: parts[3]}, err == nil
}

func writerID(now time.Time, process string) string {
	return fmt.Sprintf("%s.%012d.%s", writers, now.Unix(), process)
}
