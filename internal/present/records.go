package present

import (
	"user-api/internal/signin"
	"user-api/internal/timeline"
	"user-api/internal/types"
	"user-api/model"
)

// Deliveries converts a page of at most limit messages. One more means that there is a next
// page.
func Deliveries(limit int) func([]timeline.Message, error) (*types.ListDeliveriesResp, error) {
	return func(messages []timeline.Message, err error) (*types.ListDeliveriesResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.ListDeliveriesResp{}
		resp.Deliveries, resp.Next = page(messages, limit, func(m timeline.Message) (string, types.Delivery) {
			steps := make([]types.DeliveryStep, 0, len(m.Steps))
			for _, s := range m.Steps {
				steps = append(steps, types.DeliveryStep{At: s.At, Step: s.Step, Provider: s.Provider, Reason: s.Reason, Code: int(s.Code)})
			}
			return m.ID, types.Delivery{Id: m.ID, To: m.Address, Channel: m.Channel, Country: m.Country, Steps: steps}
		})
		return resp, nil
	}
}

// OwnEvents converts a page of events for the owner of the account, like Deliveries.
func OwnEvents(limit int) func([]signin.OwnEvent, error) (*types.OwnEventsResp, error) {
	return func(events []signin.OwnEvent, err error) (*types.OwnEventsResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.OwnEventsResp{}
		resp.Events, resp.Next = page(events, limit, func(e signin.OwnEvent) (string, types.OwnEvent) {
			return e.ID, types.OwnEvent{
				Id: e.ID, At: e.At.UnixMilli(), Type: e.Kind, Reason: e.Reason, By: e.By, To: e.To,
				SessionId: e.SessionID, Current: e.Current, UserAgent: e.UserAgent, Ip: e.Network,
			}
		})
		return resp, nil
	}
}

// Events converts a page of the audit trail, like Deliveries.
func Events(limit int) func([]*model.Event, error) (*types.ListEventsResp, error) {
	return func(events []*model.Event, err error) (*types.ListEventsResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.ListEventsResp{}
		resp.Events, resp.Next = page(events, limit, func(e *model.Event) (string, types.AuditEvent) {
			return e.Id, types.AuditEvent{
				Id: e.Id, At: e.At, Type: e.Type, UserId: e.UserId, SessionId: e.SessionId, ActorId: e.ActorId,
				To: e.Address, Ip: e.Ip, Reason: e.Reason, RequestId: e.RequestId, Actor: e.Actor,
			}
		})
		return resp, nil
	}
}

// page converts up to limit items. If there are more, next is the id of the last one.
func page[In, Out any](items []In, limit int, convert func(In) (id string, out Out)) (list []Out, next string) {
	list = make([]Out, 0, min(len(items), limit))
	var last string
	for _, item := range items {
		if len(list) == limit {
			return list, last
		}
		id, out := convert(item)
		list, last = append(list, out), id
	}
	return list, ""
}
