package present

import (
	"user-api/internal/signin"
	"user-api/internal/timeline"
	"user-api/internal/types"
	"user-api/model"
)

// Deliveries tells of a page of at most limit messages; one more says that there
// is a next page.
func Deliveries(limit int) func([]timeline.Message, error) (*types.ListDeliveriesResp, error) {
	return func(messages []timeline.Message, err error) (*types.ListDeliveriesResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.ListDeliveriesResp{Deliveries: make([]types.Delivery, 0, len(messages))}
		for i, m := range messages {
			if i == limit {
				resp.Next = messages[i-1].ID
				break
			}
			steps := make([]types.DeliveryStep, 0, len(m.Steps))
			for _, s := range m.Steps {
				steps = append(steps, types.DeliveryStep{At: s.At, Step: s.Step, Provider: s.Provider, Reason: s.Reason, Code: int(s.Code)})
			}
			resp.Deliveries = append(resp.Deliveries, types.Delivery{Id: m.ID, To: m.Address, Channel: m.Channel, Country: m.Country, Steps: steps})
		}
		return resp, nil
	}
}

// OwnEvents tells a user of a page of what happened to the account, as Deliveries does.
func OwnEvents(limit int) func([]signin.OwnEvent, error) (*types.OwnEventsResp, error) {
	return func(events []signin.OwnEvent, err error) (*types.OwnEventsResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.OwnEventsResp{Events: make([]types.OwnEvent, 0, len(events))}
		for i, e := range events {
			if i == limit {
				resp.Next = events[i-1].ID
				break
			}
			resp.Events = append(resp.Events, types.OwnEvent{
				Id: e.ID, At: e.At.UnixMilli(), Type: e.Kind, Reason: e.Reason, By: e.By, To: e.To,
				SessionId: e.SessionID, Current: e.Current, UserAgent: e.UserAgent, Ip: e.Network,
			})
		}
		return resp, nil
	}
}

// Events tells of a page of the audit trail, as Deliveries does.
func Events(limit int) func([]*model.Event, error) (*types.ListEventsResp, error) {
	return func(events []*model.Event, err error) (*types.ListEventsResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.ListEventsResp{Events: make([]types.AuditEvent, 0, len(events))}
		for i, e := range events {
			if i == limit {
				resp.Next = events[i-1].Id
				break
			}
			resp.Events = append(resp.Events, types.AuditEvent{
				Id: e.Id, At: e.At, Type: e.Type, UserId: e.UserId, SessionId: e.SessionId, ActorId: e.ActorId,
				To: e.Address, Ip: e.Ip, Reason: e.Reason, RequestId: e.RequestId, Actor: e.Actor,
			})
		}
		return resp, nil
	}
}
