package authzgrpc_test

import (
	"context"
	"io"
	"net"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authzgrpc"
	"user-api/clients/go/authz/authztest"
)

const (
	check = "/grpc.health.v1.Health/Check"
	list  = "/grpc.health.v1.Health/List"
)

// server reports the caller through the health service, which has a call and a stream.
type server struct {
	grpc_health_v1.UnimplementedHealthServer
	next grpc_health_v1.HealthClient // called on the caller's behalf
	seen chan authz.Principal        // seen by the called service
	more chan struct{}               // makes Watch send another message
}

func (s *server) Check(ctx context.Context, req *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	if s.next != nil {
		return s.next.Check(ctx, req)
	}
	p, _ := authz.FromContext(ctx)
	if md, _ := metadata.FromIncomingContext(ctx); len(md.Get("x-user-id"))+len(md.Get("x-user-role")) > 0 {
		p.Role = "believed the client"
	}
	s.seen <- p
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func (s *server) List(ctx context.Context, _ *grpc_health_v1.HealthListRequest) (*grpc_health_v1.HealthListResponse, error) {
	if _, ok := authz.MachineFromContext(ctx); !ok {
		return nil, status.Error(codes.Internal, "no machine")
	}
	return &grpc_health_v1.HealthListResponse{}, nil
}

func (s *server) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	if s.next != nil {
		next, err := s.next.Watch(stream.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			return err
		}
		_, err = next.Recv()
		return err
	}
	for range s.more {
		if err := stream.Send(&grpc_health_v1.HealthCheckResponse{}); err != nil {
			return err
		}
	}
	return nil
}

// start serves s with auth and returns a client that passes tokens on.
func start(t *testing.T, s *server, auth *authz.Auth, set ...authzgrpc.Option) grpc_health_v1.HealthClient {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	srv := grpc.NewServer(grpc.UnaryInterceptor(authzgrpc.Unary(auth, set...)), grpc.StreamInterceptor(authzgrpc.Stream(auth, set...)))
	grpc_health_v1.RegisterHealthServer(srv, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(listener) // ends with Stop
	}()
	conn, err := grpc.NewClient("passthrough:test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithUnaryInterceptor(authzgrpc.UnaryClient()), grpc.WithStreamInterceptor(authzgrpc.StreamClient()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		srv.Stop()
		<-done
	})
	return grpc_health_v1.NewHealthClient(conn)
}

func with(t *testing.T, pairs ...string) context.Context {
	return metadata.NewOutgoingContext(t.Context(), metadata.Pairs(pairs...))
}

func TestUnary(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	s := &server{seen: make(chan authz.Principal, 1)}
	client := start(t, s, auth, authzgrpc.Scope("health:list", list))
	alice := issuer.SignIn(authztest.User{ID: 7})
	call := func(pairs ...string) error {
		_, err := client.Check(with(t, pairs...), &grpc_health_v1.HealthCheckRequest{})
		return err
	}
	if err := call("authorization", "Bearer "+alice.Token, "x-user-id", "1", "x-user-role", "admin"); err != nil {
		t.Fatal(err)
	}
	if p := <-s.seen; p.UserID != 7 || p.Role != "user" {
		t.Errorf("the handler saw %+v", p)
	}
	machine := issuer.MachineToken("billing", "health:list")
	for name, c := range map[string]struct {
		pairs []string
		code  codes.Code
	}{
		"no token":   {nil, codes.Unauthenticated},
		"a bad one":  {[]string{"authorization", "Bearer x.y.z"}, codes.Unauthenticated},
		"no scheme":  {[]string{"authorization", alice.Token}, codes.Unauthenticated},
		"two tokens": {[]string{"authorization", "Bearer " + alice.Token, "authorization", "Bearer " + alice.Token}, codes.Unauthenticated},
		"a machine":  {[]string{"authorization", "Bearer " + machine}, codes.Unauthenticated},
	} {
		if err := call(c.pairs...); status.Code(err) != c.code {
			t.Errorf("%s: %v, want %v", name, err, c.code)
		}
	}
	for raw, want := range map[string]codes.Code{machine: codes.OK, alice.Token: codes.PermissionDenied, issuer.MachineToken("billing", "orders:read"): codes.PermissionDenied} {
		if _, err := client.List(with(t, "authorization", "Bearer "+raw), &grpc_health_v1.HealthListRequest{}); status.Code(err) != want {
			t.Errorf("a method for machines: %v, want %v", err, want)
		}
	}
	issuer.End(alice)
	err := call("authorization", "Bearer "+alice.Token)
	if status.Code(err) != codes.Unauthenticated || reason(err) != "session_ended" {
		t.Errorf("an ended session: %v, %s", err, reason(err))
	}
	admin := issuer.SignIn(authztest.User{ID: 8, Role: "admin"})
	issuer.Late()
	if err := call("authorization", "Bearer "+admin.Token); status.Code(err) != codes.Unavailable || reason(err) != "unavailable" {
		t.Errorf("an administrator while the feed is late: %v", err)
	}
}

func reason(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}

func TestRules(t *testing.T) {
	issuer := authztest.New(t)
	s := &server{seen: make(chan authz.Principal, 1)}
	client := start(t, s, issuer.Auth(), authzgrpc.Role("admin", "/grpc.health.v1.Health/*"), authzgrpc.Role("support", "/grpc.health.v1.Health/*"), authzgrpc.Open(check))
	for name, c := range map[string]struct {
		pairs []string
		want  codes.Code
		user  int64
	}{
		"anonymous":              {nil, codes.OK, 0},
		"a bad token is refused": {[]string{"authorization", "Bearer x"}, codes.Unauthenticated, 0},
		"an administrator":       {[]string{"authorization", "Bearer " + issuer.Token(authztest.User{ID: 1, Role: "admin"})}, codes.OK, 1},
		"support":                {[]string{"authorization", "Bearer " + issuer.Token(authztest.User{ID: 2, Role: "support"})}, codes.OK, 2},
		"another user":           {[]string{"authorization", "Bearer " + issuer.Token(authztest.User{ID: 3})}, codes.PermissionDenied, 0},
	} {
		_, err := client.Check(with(t, c.pairs...), &grpc_health_v1.HealthCheckRequest{})
		if status.Code(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if c.want == codes.OK {
			if p := <-s.seen; p.UserID != c.user {
				t.Errorf("%s: seen as user %d", name, p.UserID)
			}
		}
	}
}

// A stream ends with the next message after its caller is no longer valid.
func TestStream(t *testing.T) {
	for name, end := range map[string]func(*authztest.Issuer, *authztest.Session){
		"sign-out":    func(i *authztest.Issuer, s *authztest.Session) { i.End(s) },
		"ban":         func(i *authztest.Issuer, s *authztest.Session) { i.Ban(s.User.ID) },
		"expiry":      func(i *authztest.Issuer, _ *authztest.Session) { i.Advance(authztest.Life + authztest.Life) },
		"role change": func(i *authztest.Issuer, s *authztest.Session) { i.SetRole(s.User.ID, "guest") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			s := &server{more: make(chan struct{}, 1)}
			client := start(t, s, issuer.Auth())
			alice := issuer.SignIn(authztest.User{ID: 7})
			stream, err := client.Watch(with(t, "authorization", "Bearer "+alice.Token), &grpc_health_v1.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			s.more <- struct{}{}
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
			end(issuer, alice)
			s.more <- struct{}{}
			if _, err := stream.Recv(); status.Code(err) != codes.Unauthenticated && status.Code(err) != codes.PermissionDenied {
				t.Errorf("after %s: %v", name, err)
			}
		})
	}
	t.Run("without a token", func(t *testing.T) {
		issuer := authztest.New(t)
		client := start(t, &server{}, issuer.Auth())
		stream, err := client.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err == nil {
			_, err = stream.Recv()
		}
		if status.Code(err) != codes.Unauthenticated || err == io.EOF {
			t.Errorf("a stream without a token: %v", err)
		}
	})
}

// A service that calls another on behalf of its caller passes the token on.
func TestClient(t *testing.T) {
	issuer := authztest.New(t)
	auth := issuer.Auth()
	back := &server{seen: make(chan authz.Principal, 1), more: make(chan struct{})}
	close(back.more) // its stream ends immediately
	front := start(t, &server{next: start(t, back, auth)}, auth)
	raw := issuer.Token(authztest.User{ID: 7})
	if _, err := front.Check(with(t, "authorization", "Bearer "+raw), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	if p := <-back.seen; p.UserID != 7 {
		t.Errorf("the second service saw %+v", p)
	}
	stream, err := front.Watch(with(t, "authorization", "Bearer "+raw), &grpc_health_v1.HealthCheckRequest{})
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) == codes.Unauthenticated {
		t.Errorf("the second service's stream: %v", err)
	}
	ctx, err := auth.Authenticate(t.Context(), []string{"Bearer " + raw})
	if err != nil {
		t.Fatal(err)
	}
	own := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer own")
	if _, err := front.Check(own, &grpc_health_v1.HealthCheckRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a call with its own token: %v, want it kept and rejected", err)
	}
}
