package admin

import (
	"context"

	"user-api/internal/svc"
	"user-api/internal/types"
)

// ServiceHealthLogic handles a request of the route "Get the current health".
type ServiceHealthLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewServiceHealthLogic returns the logic for a request with the context ctx.
func NewServiceHealthLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ServiceHealthLogic {
	return &ServiceHealthLogic{ctx: ctx, svcCtx: svcCtx}
}

// ServiceHealth returns the current state of the service.
func (l *ServiceHealthLogic) ServiceHealth() (*types.ServiceHealthResp, error) {
	state := l.svcCtx.State(l.ctx)
	resp := &types.ServiceHealthResp{
		At: l.svcCtx.Now().UnixMilli(), Status: state.Parts.Status(), Circuits: make([]types.CircuitState, 0, len(state.Circuits)),
		Parts: types.ReadyParts{
			Database: state.Parts.Database.String(), Redis: state.Parts.Redis.String(),
			Migrations: state.Parts.Migrations.String(), Queue: state.Parts.Queue.String(),
		},
	}
	if q := state.Queue; q != nil {
		resp.Queue = &types.QueueLength{Waiting: q.Waiting, Running: q.Running, Later: q.Later, Oldest: int64(q.Oldest.Seconds())}
	}
	for _, c := range state.Circuits {
		resp.Circuits = append(resp.Circuits, types.CircuitState{Kind: c.Kind, Provider: c.Provider, Channel: c.Channel, State: circuit(c.Open)})
	}
	return resp, nil
}

// circuit returns the state of a provider's circuit breaker.
func circuit(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}
