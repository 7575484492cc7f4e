package webhook

import "time"

// Delay exports delay for tests.
func Delay(id string, tries int64) time.Duration { return delay(id, tries) }

func Pause(failures int64) time.Duration { return pause(failures) }
