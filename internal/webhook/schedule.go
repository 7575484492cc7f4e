package webhook

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"
)

const (
	// giveUpAfter is for how long an event is tried. lateAfter is when it is given up
	// without having been tried, because its endpoint was paused all the time.
	giveUpAfter = 72 * time.Hour
	lateAfter   = 96 * time.Hour
	// keptFor is for how long what was delivered, or given up, can be sent again.
	keptFor = 7 * 24 * time.Hour
	// openAfter failures in a row an endpoint is paused, and then gets one try at a
	// time: after firstPause, and after twice as long each time that fails, up to
	// mostPause.
	openAfter  = 5
	firstPause = 5 * time.Second
	mostPause  = time.Minute
	// gonePause is for an endpoint that answers 410: it wants no more. Whether that is
	// meant for good the operator says, by taking it out of the configuration.
	gonePause = time.Hour
	// mostRetryAfter bounds what an endpoint can ask for.
	mostRetryAfter = time.Hour
	// noteEvery is how often a success is noted where there was no failure.
	noteEvery = 10 * time.Second
)

// delays are those after the first tries; later ones are as the last.
var delays = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour,
}

// delay is how long after a failed try, the first being 1, the next one is due. It is
// up to a tenth longer, by the id: what failed together is not tried together.
func delay(id string, tries int64) time.Duration {
	d := delays[min(max(tries, 1), int64(len(delays)))-1]
	hash := fnv.New32a()
	hash.Write([]byte(id + strconv.FormatInt(tries, 10)))
	return d + time.Duration(float64(d)/10*float64(hash.Sum32())/math.MaxUint32)
}

// pause is for how long an endpoint is left alone after so many failures in a row.
func pause(failures int64) time.Duration {
	d := firstPause
	for range failures - openAfter {
		if d *= 2; d >= mostPause {
			return mostPause
		}
	}
	return d
}
