package webhook

import "time"

// Delay is delay, Pause is pause.
func Delay(id string, tries int64) time.Duration { return delay(id, tries) }

func Pause(failures int64) time.Duration { return pause(failures) }
