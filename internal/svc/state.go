package svc

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/delivery"
	"user-api/internal/health"
)

// The kinds of providers with circuit breakers.
const (
	circuitDelivery = "delivery"
	circuitSocial   = "social"
)

type (
	// State is the state of the service as seen by this node.
	State struct {
		Parts Parts
		// Queue covers all nodes; nil while Redis is unavailable.
		Queue *delivery.Depth
		// Circuits are the circuit breakers of this node.
		Circuits []Circuit
	}

	// Circuit is the state of a provider's circuit breaker.
	Circuit struct {
		Kind, Provider string
		// Channel is set for message providers.
		Channel string
		Open    bool
	}
)

// State returns the current state. It waits for each part no longer than readiness does.
func (s *ServiceContext) State(ctx context.Context) State {
	ctx, cancel := context.WithTimeout(ctx, min(health.AskTime, s.Config.Timeout.Duration()*4/5))
	defer cancel()
	state := State{Parts: partsOf(s.life.monitor.Look(ctx, health.MaxWait))}
	if depth, err := s.courier.Depth(ctx); err == nil {
		state.Queue = &depth
	} else {
		logx.WithContext(ctx).Errorf("svc: %v", err)
	}
	for _, c := range s.courier.Circuits() {
		state.Circuits = append(state.Circuits, Circuit{circuitDelivery, c.Provider, string(c.Channel), c.Open})
	}
	for _, p := range s.Signin.SocialProviders() {
		state.Circuits = append(state.Circuits, Circuit{Kind: circuitSocial, Provider: p.Name, Open: s.Signin.Social.Providers.Open(p.Name)})
	}
	return state
}

func partsOf(found map[string]health.Finding) Parts {
	return Parts{
		Database: found[partDatabase].State, Redis: found[partRedis].State,
		Migrations: found[partMigrations].State, Queue: found[partQueue].State,
	}
}
