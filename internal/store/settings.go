package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// noEviction is the policy of a Redis that refuses writes when it is full.
const noEviction = "noeviction"

// ErrEvicts means that a Redis evicts keys when it is full.
var ErrEvicts = errors.New("store: redis evicts limits, codes and counters when it is full; set maxmemory-policy noeviction")

// Settings are the settings of a master; "" if it does not show one.
type Settings struct {
	Addr, Policy string
	AppendOnly   string // 1 or 0
}

// Settings returns the settings of every master.
func (r *Redis) Settings(ctx context.Context) ([]Settings, error) {
	masters, err := r.masters(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: redis: %w", err)
	}
	all := make([]Settings, 0, len(masters))
	for _, master := range masters {
		memory, memoryErr := master.Info(ctx, "memory").Result()
		persistence, err := master.Info(ctx, "persistence").Result()
		if err := errors.Join(memoryErr, err); err != nil {
			return nil, fmt.Errorf("store: redis: info: %w", err)
		}
		all = append(all, Settings{
			Addr: master.Options().Addr, Policy: infoField(memory, "maxmemory_policy"), AppendOnly: infoField(persistence, "aof_enabled"),
		})
	}
	return all, nil
}

// CheckEviction fails with ErrEvicts, naming the masters, if any master evicts keys. A
// master that does not show its policy passes.
func (r *Redis) CheckEviction(ctx context.Context) error {
	if r.Embedded() {
		return nil
	}
	all, err := r.Settings(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Evicts() {
			err = errors.Join(err, fmt.Errorf("%w: %s has %s", ErrEvicts, s.Addr, s.Policy))
		}
	}
	return err
}

// Evicts reports whether the master evicts keys when it is full.
func (s Settings) Evicts() bool { return s.Policy != noEviction && s.Policy != "" }

// infoField returns the value of a line in the output of INFO.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
