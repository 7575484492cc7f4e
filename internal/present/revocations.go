package present

import (
	"time"

	"user-api/internal/revocation"
	"user-api/internal/types"
)

// Revocations tells what has ended.
func Revocations(a revocation.Answer, err error) (*types.RevocationsResp, error) {
	if err != nil {
		return nil, err
	}
	resp := &types.RevocationsResp{
		Events: make([]types.RevocationEvent, len(a.Events)), Next: a.Next, More: a.More, Reset: a.Reset,
		Age: milliseconds(a.Age), Waited: a.Waited.Milliseconds(), CompleteUntil: a.CompleteUntil.UnixMilli(), Keep: seconds(a.Keep),
	}
	for i, e := range a.Events {
		resp.Events[i] = types.RevocationEvent{
			Id: e.ID, At: e.At, Kind: e.Kind, UserId: e.UserID, SessionId: e.SessionID, Role: e.Role, KeyId: e.KeyID,
		}
	}
	return resp, nil
}

// milliseconds rounds up: what is told to be complete is.
func milliseconds(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }
