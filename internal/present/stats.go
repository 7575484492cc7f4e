package present

import (
	"time"

	"user-api/internal/tally"
	"user-api/internal/types"
)

// Stats converts statistics between two times, in steps.
func Stats(from, to time.Time, step time.Duration) func([]tally.Series, error) (*types.StatsResp, error) {
	return func(series []tally.Series, err error) (*types.StatsResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.StatsResp{
			From: from.UnixMilli(), To: to.UnixMilli(), Step: seconds(step), Series: make([]types.StatsSeries, 0, len(series)),
		}
		for _, s := range series {
			resp.Series = append(resp.Series, types.StatsSeries{Kind: string(s.Kind), Label: s.Label, Points: s.Points})
		}
		return resp, nil
	}
}
