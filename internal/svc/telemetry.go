package svc

import (
	"cmp"
	"context"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"user-api/internal/delivery"
	"user-api/internal/telemetry"
)

// spansTime is what a collector gets to take the last spans.
const spansTime = time.Second

// startSpans makes spans where the operator wants them.
func (s *ServiceContext) startSpans(ctx context.Context) error {
	t := s.Config.Telemetry
	if !t.On() {
		return nil
	}
	end, err := telemetry.Start(ctx, telemetry.Options{
		Name: cmp.Or(t.Name, s.Config.Name), Exporter: t.Batcher, Endpoint: t.Endpoint, Share: t.Sampler,
		Headers: t.OtlpHeaders, Path: t.OtlpHttpPath, Secure: t.OtlpHttpSecure,
	})
	if err != nil {
		return err
	}
	s.life.endSpans, s.Tracer = end, telemetry.Tracer()
	return nil
}

// watchCommands makes spans of Redis commands.
func (s *ServiceContext) watchCommands() {
	if s.Tracer != nil && s.redis != nil {
		s.redis.Client.AddHook(telemetry.Redis{})
	}
}

// watchedSender makes a span of each send.
type watchedSender struct {
	delivery.Sender
	tracer trace.Tracer
}

// Send is of delivery.Sender.
func (w watchedSender) Send(ctx context.Context, m delivery.Message) error {
	ctx, span := w.tracer.Start(ctx, "send "+w.Name(), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("channel", string(m.Channel))))
	defer span.End()
	err := w.Sender.Send(ctx, m)
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	return err
}

// watchSends makes spans of sends.
func (s *ServiceContext) watchSends(senders map[string]delivery.Sender) map[string]delivery.Sender {
	if s.Tracer == nil {
		return senders
	}
	watched := map[string]delivery.Sender{}
	for name, sender := range senders {
		watched[name] = watchedSender{sender, s.Tracer}
	}
	return watched
}

// endSpans sends the last spans, but does not wait for a collector that is gone.
func (s *ServiceContext) endSpans() {
	ctx, cancel := context.WithTimeout(context.Background(), spansTime)
	defer cancel()
	if err := s.life.endSpans(ctx); err != nil {
		logx.Errorf("svc: the last spans are lost: %v", err)
	}
}
