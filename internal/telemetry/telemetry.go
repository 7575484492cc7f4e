// Package telemetry exports OpenTelemetry spans, with the options of go-zero's Telemetry
// section.
//
//	Start  exports the spans of this process to a collector
//	Try    checks whether Start would fail
//	Redis  creates a span for each Redis command or pipeline
//
// go-zero's own agent is not used: the spans of its database client contain error texts,
// and that of a duplicate key contains the phone number.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/zeromicro/go-zero/core/logx"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// quietMillis is the minimum interval between log lines about a failing collector.
const quietMillis = 60_000

// The exporters.
const (
	OtlpGrpc = "otlpgrpc"
	OtlpHttp = "otlphttp"
	File     = "file"
)

// Options configures the export of spans.
type Options struct {
	// Name is the service name.
	Name string
	// Exporter is OtlpGrpc, OtlpHttp or File; Endpoint is host:port, or a path for File.
	Exporter, Endpoint string
	// Share is the share of traces started here that are exported, 0 to 1.
	Share float64
	// Headers, Path and Secure are for OTLP; Path and Secure only for HTTP.
	Headers map[string]string
	Path    string
	Secure  bool
}

// Start exports the spans of this process to a collector, which may be unavailable. end
// exports pending spans until ctx ends.
func Start(ctx context.Context, o Options) (end func(context.Context) error, err error) {
	exporter, closeFile, err := newExporter(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Share))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", o.Name))),
		sdktrace.WithBatcher(redactingExporter{exporter}),
	)
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	quiet := logx.NewLessLogger(quietMillis)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { quiet.Errorf("telemetry: %v", err) }))
	return func(ctx context.Context) error {
		otel.SetTracerProvider(before)
		return errors.Join(provider.Shutdown(ctx), closeFile())
	}, nil
}

// Try returns why Start would fail. It sends nothing and leaves no file behind.
func Try(ctx context.Context, o Options) error {
	made := false
	if o.Exporter == File {
		_, err := os.Stat(o.Endpoint)
		made = errors.Is(err, fs.ErrNotExist)
	}
	exporter, closeFile, err := newExporter(ctx, o)
	if err != nil {
		return fmt.Errorf("telemetry: %w", err)
	}
	err = errors.Join(exporter.Shutdown(ctx), closeFile())
	if made {
		err = errors.Join(err, os.Remove(o.Endpoint))
	}
	if err != nil {
		return fmt.Errorf("telemetry: %w", err)
	}
	return nil
}

func newExporter(ctx context.Context, o Options) (exporter sdktrace.SpanExporter, closeFile func() error, err error) {
	closeFile = func() error { return nil }
	switch o.Exporter {
	case OtlpGrpc:
		exporter, err = otlptracegrpc.New(ctx, otlptracegrpc.WithInsecure(), otlptracegrpc.WithEndpoint(o.Endpoint), otlptracegrpc.WithHeaders(o.Headers))
	case OtlpHttp:
		options := []otlptracehttp.Option{otlptracehttp.WithEndpoint(o.Endpoint), otlptracehttp.WithHeaders(o.Headers)}
		if o.Path != "" {
			options = append(options, otlptracehttp.WithURLPath(o.Path))
		}
		if !o.Secure {
			options = append(options, otlptracehttp.WithInsecure())
		}
		exporter, err = otlptracehttp.New(ctx, options...)
	case File:
		var file *os.File
		if file, err = os.OpenFile(o.Endpoint, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
			return nil, nil, err
		}
		closeFile = file.Close
		exporter, err = stdouttrace.New(stdouttrace.WithWriter(file))
	default:
		err = fmt.Errorf("unknown exporter %q", o.Exporter)
	}
	return exporter, closeFile, err
}

// Tracer returns the tracer of this service.
func Tracer() trace.Tracer { return otel.Tracer("user-api") }

type (
	// redactingExporter removes error texts from spans.
	redactingExporter struct{ sdktrace.SpanExporter }

	// redactedSpan is a span without error texts.
	redactedSpan struct{ sdktrace.ReadOnlySpan }
)

// ExportSpans implements sdktrace.SpanExporter.
func (d redactingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	redacted := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		redacted[i] = redactedSpan{span}
	}
	return d.SpanExporter.ExportSpans(ctx, redacted)
}

// Events returns the events without attributes.
func (w redactedSpan) Events() []sdktrace.Event {
	events := w.ReadOnlySpan.Events()
	for i := range events {
		events[i].Attributes = nil
	}
	return events
}

// Status returns the status without a description.
func (w redactedSpan) Status() sdktrace.Status {
	return sdktrace.Status{Code: w.ReadOnlySpan.Status().Code}
}
