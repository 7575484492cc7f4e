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
	// jobVersion is the newest format of a job that this release understands. Format 1 has no
	// version; format 2 belongs to a challenge that only its id leads to. Every format has
	// the fields version and until as they are here.
	jobVersion = 2
	// firstIDs is the length of challenge ids in format 1.
	firstIDs = 24
	// jobLife is how long a job is kept for a release that understands it: longer than any
	// challenge lives, and shorter than its task.
	jobLife = 24 * time.Hour
	// newerPause is the pause before a job that only a newer release understands is offered
	// again.
	newerPause = 5 * time.Second
)

// errForeign means that no release has created the task.
var errForeign = errors.New("delivery: a task with a foreign payload")

// Job is the payload of a task: a queued send.
type Job struct {
	Version int `json:"v,omitempty"`
	// Until is the end of the job in Unix seconds; 0 for jobs of the previous release, which
	// have no end.
	Until int64  `json:"until,omitempty"`
	OtpID string `json:"otpId"`
	Send  int    `json:"send"`
}

// versionOf returns the format of a job for a challenge; 0 is format 1.
func versionOf(otpID string) int {
	if len(otpID) > firstIDs {
		return 2
	}
	return 0
}

// id is the id of the task and of the message.
func (j Job) id() string { return j.OtpID + "." + strconv.Itoa(j.Send) }

// readJob reads a task. It fails with ErrNewer if a newer release created it, and with
// errForeign.
func readJob(task *asynq.Task) (Job, error) {
	var j Job
	err := json.Unmarshal(task.Payload(), &j)
	// A field with a wrong type does not keep the others from being decoded.
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

// leave returns a job to the queue for a newer release, without using up an attempt. During an
// upgrade there is a process of that release; if none takes the job before its end, it is
// dropped.
func (c *Courier) leave(ctx context.Context, j Job) error {
	if j.Until != 0 && c.now().Unix() >= j.Until || j.Until == 0 && j.OtpID == "" {
		logx.WithContext(ctx).Error("delivery: dropped an expired send that only a newer release understands")
		return nil
	}
	left.Inc()
	return &Later{After: newerPause, Reason: "for a newer release"}
}
