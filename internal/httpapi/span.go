package httpapi

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// span starts the span of a request and returns the function that ends it. The span is
// named after the route pattern and contains nothing of the path, the query or the client.
func (e *Edge) span(ctx context.Context, r *http.Request, a *answer) (context.Context, func()) {
	if e.tracer == nil {
		return ctx, func() {}
	}
	method := loggedMethod(r.Method)
	ctx, span := e.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, func() {
		attributes := []attribute.KeyValue{
			attribute.String("http.request.method", method), attribute.Int("http.response.status_code", a.status),
			attribute.String("request.id", a.requestID),
		}
		if route := a.route.Load(); route != nil {
			span.SetName(method + " " + *route)
			attributes = append(attributes, attribute.String("http.route", *route))
		}
		span.SetAttributes(attributes...)
		if a.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}
