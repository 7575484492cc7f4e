package config

import "time"

// maxRetention is in days: ten years.
const maxRetention = 3650

// Audit is about the audit trail.
type Audit struct {
	// Retention is for how many days events are kept, 0 to 3650; 0 is for good.
	Retention int `json:",default=365"`
}

// Stats is about what administrators are shown over time.
type Stats struct {
	// Retention is for how many days the numbers of a day are kept, 0 to 3650; 0 is for
	// good.
	Retention int `json:",default=730"`
}

// Days converts a number of days to the standard library's type.
func Days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func (a Audit) check(k *checker) {
	k.between("Audit.Retention", int64(a.Retention), 0, maxRetention, "days")
}

func (s Stats) check(k *checker) {
	k.between("Stats.Retention", int64(s.Retention), 0, maxRetention, "days")
}
