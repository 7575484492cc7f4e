package tally

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spans are the units of counting, shortest first. Each is kept so long that a year has at most
// a few hundred thousand rows.
var spans = []span{
	{name: "m", length: 10 * time.Minute, keep: 14 * 24 * time.Hour},
	{name: "h", length: time.Hour, keep: 100 * 24 * time.Hour},
	{name: "d", length: 24 * time.Hour},
}

// writers begins the ids of writers. keepWriter is how long one is kept: longer than most
// processes live. A process that lives longer recreates its row.
const (
	writers    = "w"
	keepWriter = 30 * 24 * time.Hour
)

// span is a unit of counting. It begins at a multiple of itself since 1970, in UTC.
type span struct {
	name   string
	length time.Duration
	// keep is how long its counts are kept; 0 means the retention.
	keep time.Duration
}

// spanOf returns the span of a length; ok is false if there is none.
func spanOf(length time.Duration) (span, bool) {
	for _, s := range spans {
		if s.length == length {
			return s, true
		}
	}
	return span{}, false
}

// begin returns the begin of the span that contains a time, both in Unix seconds.
func (s span) begin(at int64) int64 {
	length := int64(s.length.Seconds())
	return at - at%length
}

// id returns an id that sorts by time within a span.
func (s span) id(begin int64, kind Kind, label string) string {
	return s.from(begin) + "." + string(kind) + "." + label
}

// from returns a bound before all ids of a time, and after all earlier ones.
func (s span) from(begin int64) string { return fmt.Sprintf("%s.%012d", s.name, begin) }

// read parses an id.
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
