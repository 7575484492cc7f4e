package authzgrpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"user-api/clients/go/internal/carry"
)

// UnaryClient adds the token of the caller in the context to each call, so that the next
// service knows on whose behalf it is made. Use it only for encrypted connections to services
// that may have the token.
func UnaryClient() grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return invoke(passOn(ctx), method, req, reply, cc, opts...)
	}
}

// StreamClient does the same for streams.
func StreamClient() grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		return stream(passOn(ctx), desc, cc, method, opts...)
	}
}

// passOn adds the token unless the call already has one.
func passOn(ctx context.Context) context.Context {
	raw, ok := carry.Token(ctx)
	if !ok {
		return ctx
	}
	if md, _ := metadata.FromOutgoingContext(ctx); len(md.Get(authorization)) > 0 {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, authorization, "Bearer "+raw)
}
