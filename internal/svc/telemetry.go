package svc

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"user-api/internal/config"
	"user-api/internal/delivery"
	"user-api/internal/telemetry"
)

// spansTimeout is how long exporting the last spans may take.
const spansTimeout = time.Second

// startSpans starts tracing if it is configured.
func (s *ServiceContext) startSpans(ctx context.Context) error {
	if !s.Config.Telemetry.On() {
		return nil
	}
	end, err := telemetry.Start(ctx, spanOptions(s.Config))
	if err != nil {
		return err
	}
	s.life.endSpans, s.Tracer = end, telemetry.Tracer()
	return nil
}

func spanOptions(c config.Config) telemetry.Options {
	t := c.Telemetry
	return telemetry.Options{
		Name: cmp.Or(t.Name, c.Name), Exporter: t.Batcher, Endpoint: t.Endpoint, Share: t.Sampler,
		Headers: t.OtlpHeaders, Path: t.OtlpHttpPath, Secure: t.OtlpHttpSecure,
	}
}

// checkSpans creates the exporter without sending a span, because the collector may start
// later.
func checkSpans(c config.Config) (string, error) {
	if !c.Telemetry.On() {
		return "tracing is off", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), spansTimeout)
	defer cancel()
	if err := telemetry.Try(ctx, spanOptions(c)); err != nil {
		return "", fmt.Errorf("config: Telemetry.Endpoint: %w", err)
	}
	return "spans go to " + c.Telemetry.Endpoint, nil
}

// traceRedis adds spans for Redis commands.
func (s *ServiceContext) traceRedis() {
	if s.Tracer != nil && s.redis != nil {
		s.redis.Client.AddHook(telemetry.Redis{})
	}
}

// tracedSender adds a span for each send.
type tracedSender struct {
	delivery.Sender
	tracer trace.Tracer
}

// Send implements delivery.Sender.
func (w tracedSender) Send(ctx context.Context, m delivery.Message) error {
	ctx, span := w.tracer.Start(ctx, "send "+w.Name(), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("channel", string(m.Channel))))
	defer span.End()
	err := w.Sender.Send(ctx, m)
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return err
}

// traceSenders adds spans for sends.
func (s *ServiceContext) traceSenders(senders map[string]delivery.Sender) map[string]delivery.Sender {
	if s.Tracer == nil {
		return senders
	}
	traced := map[string]delivery.Sender{}
	for name, sender := range senders {
		traced[name] = tracedSender{sender, s.Tracer}
	}
	return traced
}

// endSpans exports the last spans, without waiting for an unavailable collector.
func (s *ServiceContext) endSpans() {
	ctx, cancel := context.WithTimeout(context.Background(), spansTimeout)
	defer cancel()
	if err := s.life.endSpans(ctx); err != nil {
		logx.Errorf("svc: the last spans are lost: %v", err)
	}
}
