package config

import "time"

// maxRetention is ten years, in days.
const maxRetention = 3650

// Audit configures the audit trail.
type Audit struct {
	// Retention is the number of days for which events are kept, 0 to 3650; 0 means
	// forever.
	Retention int `json:",default=365"`
}

// Stats configures the statistics for administrators.
type Stats struct {
	// Retention is the number of days for which daily statistics are kept, 0 to 3650; 0
	// means forever.
	Retention int `json:",default=730"`
}

// Days returns n days as a time.Duration.
func Days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func (a Audit) check(k *checker) {
	k.between("Audit.Retention", int64(a.Retention), 0, maxRetention, "days")
}

func (s Stats) check(k *checker) {
	k.between("Stats.Retention", int64(s.Retention), 0, maxRetention, "days")
}
