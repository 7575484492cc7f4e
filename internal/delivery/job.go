package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/hibiken/asynq"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// jobVersion is the newest form of a job that this release understands. Of the
	// first form no version is written; the second is of a challenge that only its id
	// leads to. Whatever a form holds, it has version and until as they are here.
	jobVersion = 2
	// firstIDs is how long the ids of challenges are that the first form can have.
	firstIDs = 24
	// jobLife is how long a job is kept for a release that understands it: longer
	// than any challenge lives, and shorter than its task.
	jobLife = 24 * time.Hour
	// newerPause is the wait before a job is offered again that only a newer release
	// understands.
	newerPause = 5 * time.Second
)

// errForeign is of a task that no release has made.
var errForeign = errors.New("delivery: a task with a foreign payload")

// Job is the payload of a task: a send that is due.
type Job struct {
	Version int `json:"v,omitempty"`
	// Until is when nobody wants it any more, in Unix seconds; 0 of a job that has
	// no end, which is of the release before.
	Until int64  `json:"until,omitempty"`
	OtpID string `json:"otpId"`
	Send  int    `json:"send"`
}

// versionOf is the form of a job for a challenge; 0 is the first one.
func versionOf(otpID string) int {
	if len(otpID) > firstIDs {
		return 2
	}
	return 0
}

// id is the task's and the message's.
func (j Job) id() string { return j.OtpID + "." + strconv.Itoa(j.Send) }

// readJob reads a task. Fails with ErrNewer where a newer release made it, and with
// errForeign.
func readJob(task *asynq.Task) (Job, error) {
	var j Job
	err := json.Unmarshal(task.Payload(), &j)
	// A field of another type keeps no other field from being read.
	var field *json.UnmarshalTypeError
	switch {
	case err != nil && !errors.As(err, &field):
		return Job{}, errForeign
	case j.Version > jobVersion || task.Type() != taskType:
		return Job{Version: j.Version, Until: j.Until}, ErrNewer
	case err != nil:
		return Job{}, errForeign
	}
	return j, nil
}

// leave hands a job back that a newer release can do, without using up one of its
// tries. While a service is upgraded there is one; when nobody has come until its
// end, it is dropped.
func (c *Courier) leave(ctx context.Context, j Job) error {
	if j.Until != 0 && c.now().Unix() >= j.Until || j.Until == 0 && j.OtpID == "" {
		logx.WithContext(ctx).Error("delivery: a send that only a newer release understands is dropped: it came to its end")
		return nil
	}
	left.Inc()
	return &Later{After: newerPause, Reason: "for a newer release"}
}
