package imports

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Words for true and false, in lower case.
var (
	yes = []string{"true", "t", "yes", "y", "1", "on", "inactive", "disabled", "banned", "blocked"}
	no  = []string{"", "false", "f", "no", "n", "0", "off", "active", "enabled", "null", `\n`}

	errNoTruth = errors.New("neither true nor false, nor a time")
	errNoTime  = errors.New("not a time: RFC 3339, a date and a time as SQL prints them, or seconds or milliseconds since 1970")
)

// layouts are the supported time formats. A time without a zone is UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999 Z0700 MST",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly,
}

// truth parses a boolean: a word, or the time since when it is true.
func truth(value any) (bool, error) {
	word := strings.ToLower(strings.TrimSpace(text(value)))
	switch {
	case slices.Contains(no, word):
		return false, nil
	case slices.Contains(yes, word):
		return true, nil
	}
	at, err := instant(value)
	if err != nil {
		return false, errNoTruth
	}
	return !at.IsZero(), nil
}

// instant parses a time; the zero time means that there is none.
func instant(value any) (time.Time, error) {
	word := strings.TrimSpace(text(value))
	if slices.Contains(no, strings.ToLower(word)) || strings.HasPrefix(word, "0000-00-00") {
		return time.Time{}, nil
	}
	if n, err := strconv.ParseInt(word, 10, 64); err == nil {
		const inMillis = 100_000_000_000 // in seconds this would be the year 5138
		if n >= inMillis {
			return time.UnixMilli(n), nil
		}
		return time.Unix(n, 0), nil
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, word); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errNoTime
}
