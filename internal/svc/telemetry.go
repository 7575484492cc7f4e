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

// spansTime is what a collector gets to take the last spans.
const spansTime = time.Second

// startSpans makes spans where the operator wants them.
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

// checkSpans makes what sends spans, and sends none: a collector may come later.
func checkSpans(c config.Config) (string, error) {
	if !c.Telemetry.On() {
		return "no spans are made", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), spansTime)
	defer cancel()
	if err := telemetry.Try(ctx, spanOptions(c)); err != nil {
		return "", fmt.Errorf("config: Telemetry.Endpoint: %w", err)
	}
	return "spans go to " + c.Telemetry.Endpoint, nil
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
