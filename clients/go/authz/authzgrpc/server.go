// Package authzgrpc is package authz for gRPC, and for go-zero's zrpc, which accepts gRPC
// interceptors:
//
//	server.AddUnaryInterceptors(authzgrpc.Unary(auth))
//	server.AddStreamInterceptors(authzgrpc.Stream(auth))
//	client, err := zrpc.NewClient(conf, zrpc.WithUnaryClientInterceptor(authzgrpc.UnaryClient()))
//
// The token is expected in the metadata key authorization. Every method is for users unless
// an option says otherwise. authz.FromContext returns the user.
package authzgrpc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"user-api/clients/go/authz"
)

const authorization = "authorization"

// identityNames are metadata that a gateway may set about a caller. From a client they cannot
// be trusted and are removed.
var identityNames = []string{"x-user-id", "x-user-role", "x-session-id"}

type (
	// Option sets the requirements of some methods. A method is given by its full name, such
	// as /orders.Orders/List, or as /orders.Orders/* for all methods of its service.
	Option func(*guard)

	guard struct {
		auth          *authz.Auth
		open          map[string]bool
		roles, scopes map[string][]string
	}
)

// Open admits callers without a token to the methods, as anonymous.
func Open(methods ...string) Option {
	return func(g *guard) {
		for _, m := range methods {
			g.open[m] = true
		}
	}
}

// Role admits only users with the role to the methods. If it is given several times for a
// method, any of the roles suffices.
func Role(role string, methods ...string) Option {
	return func(g *guard) {
		for _, m := range methods {
			g.roles[m] = append(g.roles[m], role)
		}
	}
}

// Scope admits only machines with the scope to the methods. If it is given several times for
// a method, all of the scopes are required.
func Scope(scope string, methods ...string) Option {
	return func(g *guard) {
		for _, m := range methods {
			g.scopes[m] = append(g.scopes[m], scope)
		}
	}
}

// Unary admits unary calls.
func Unary(auth *authz.Auth, set ...Option) grpc.UnaryServerInterceptor {
	g := newGuard(auth, set)
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		ctx, err := g.admit(ctx, info.FullMethod)
		if err != nil {
			return nil, statusOf(err)
		}
		return handler(ctx, req)
	}
}

// Stream admits streams. It ends a stream once the token has expired, the session has ended or
// the role has changed, which it checks with each message.
func Stream(auth *authz.Auth, set ...Option) grpc.StreamServerInterceptor {
	g := newGuard(auth, set)
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx, err := g.admit(stream.Context(), info.FullMethod)
		if err != nil {
			return statusOf(err)
		}
		return handler(srv, &guarded{ServerStream: stream, ctx: ctx, auth: auth})
	}
}

// guarded is the stream of an admitted caller.
type guarded struct {
	grpc.ServerStream
	ctx  context.Context
	auth *authz.Auth
}

func (s *guarded) Context() context.Context { return s.ctx }

func (s *guarded) SendMsg(m any) error {
	if err := s.recheck(); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}

func (s *guarded) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return s.recheck()
}

func (s *guarded) recheck() error {
	if !known(s.ctx) {
		return nil // anonymous
	}
	return statusOf(s.auth.Recheck(s.ctx))
}

func newGuard(auth *authz.Auth, set []Option) *guard {
	g := &guard{auth: auth, open: map[string]bool{}, roles: map[string][]string{}, scopes: map[string][]string{}}
	for _, option := range set {
		option(g)
	}
	return g
}

// admit returns the context of an admitted call.
func (g *guard) admit(ctx context.Context, method string) (context.Context, error) {
	ctx = strip(ctx)
	tokens := metadata.ValueFromIncomingContext(ctx, authorization)
	if len(tokens) == 0 && (g.open[method] || g.open[whole(method)]) {
		return ctx, nil
	}
	if scopes := of(g.scopes, method); len(scopes) > 0 {
		return g.machine(ctx, tokens, scopes)
	}
	ctx, err := g.auth.Authenticate(ctx, tokens)
	if err != nil {
		return ctx, err
	}
	p, _ := authz.FromContext(ctx)
	if roles := of(g.roles, method); len(roles) > 0 && !slices.Contains(roles, p.Role) {
		return ctx, authz.ErrForbidden
	}
	return ctx, nil
}

func (g *guard) machine(ctx context.Context, tokens, scopes []string) (context.Context, error) {
	ctx, err := g.auth.AuthenticateMachine(ctx, tokens)
	if err != nil {
		return ctx, err
	}
	m, _ := authz.MachineFromContext(ctx)
	for _, scope := range scopes {
		if !m.HasScope(scope) {
			return ctx, authz.ErrForbidden
		}
	}
	return ctx, nil
}

// of returns the requirements of a method, or those of its service if the method has none.
func of(rules map[string][]string, method string) []string {
	if own, ok := rules[method]; ok {
		return own
	}
	return rules[whole(method)]
}

// whole returns the pattern for all methods of a method's service.
func whole(method string) string { return method[:strings.LastIndexByte(method, '/')+1] + "*" }

func known(ctx context.Context) bool {
	_, user := authz.FromContext(ctx)
	_, machine := authz.MachineFromContext(ctx)
	return user || machine
}

func strip(ctx context.Context) context.Context {
	for _, name := range identityNames {
		if len(metadata.ValueFromIncomingContext(ctx, name)) == 0 {
			continue
		}
		md, _ := metadata.FromIncomingContext(ctx) // a copy
		for _, name := range identityNames {
			md.Delete(name)
		}
		return metadata.NewIncomingContext(ctx, md)
	}
	return ctx
}

// statusOf converts a rejection to a gRPC status, with the code for clients and the time to
// wait.
func statusOf(err error) error {
	if err == nil {
		return nil
	}
	e := authz.ErrUnavailable
	errors.As(err, &e)
	code := codes.Unauthenticated
	switch e.Status {
	case authz.ErrForbidden.Status:
		code = codes.PermissionDenied
	case authz.ErrUnavailable.Status:
		code = codes.Unavailable
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: e.Code, Domain: "user-api"}}
	if e.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	s := status.New(code, e.Msg)
	if with, err := s.WithDetails(details...); err == nil {
		s = with
	}
	return s.Err()
}
