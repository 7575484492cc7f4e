package present

import (
	"time"

	"user-api/internal/revocation"
	"user-api/internal/types"
)

// Revocations converts a part of the revocation feed.
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

// milliseconds rounds up, so that an age is never understated.
func milliseconds(d time.Duration) int64 { return int64((d + time.Millisecond - 1) / time.Millisecond) }
