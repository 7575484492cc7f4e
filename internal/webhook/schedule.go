package webhook

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

const (
	// giveUpAfter is how long an event is retried. lateAfter is when it is given up without
	// an attempt because its endpoint was paused the whole time.
	giveUpAfter = 72 * time.Hour
	lateAfter   = 96 * time.Hour
	// keptFor is how long delivered and given-up events can be resent.
	keptFor = 7 * 24 * time.Hour
	// After openAfter failures in a row an endpoint is paused and gets one attempt at a
	// time: after firstPause, then after twice as long each time that fails, up to mostPause.
	openAfter  = 5
	firstPause = 5 * time.Second
	mostPause  = time.Minute
	// gonePause is the pause of an endpoint that answers 410. It no longer wants events, but
	// only the operator can confirm that, by removing it from the configuration.
	gonePause = time.Hour
	// mostRetryAfter bounds the Retry-After of an endpoint.
	mostRetryAfter = time.Hour
	// noteEvery is how often successes are recorded if there have been no failures.
	noteEvery = 10 * time.Second
)

// delays are the delays after the first attempts; the last one applies to all later ones.
var delays = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour,
}

// delay returns how long after a failed attempt, counted from 1, the next one is due. It
// adds up to a tenth, depending on the id, so that events that failed together are spread.
func delay(id string, tries int64) time.Duration {
	d := delays[min(max(tries, 1), int64(len(delays)))-1]
	hash := fnv.New32a()
	hash.Write([]byte(id + strconv.FormatInt(tries, 10)))
	return d + time.Duration(float64(d)/10*float64(hash.Sum32())/math.MaxUint32)
}

// pause returns how long an endpoint is paused after a number of failures in a row.
func pause(failures int64) time.Duration {
	d := firstPause
	for range failures - openAfter {
		if d *= 2; d >= mostPause {
			return mostPause
		}
	}
	return d
}
