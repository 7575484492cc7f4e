package authzgrpc_test

import (
	"crypto/tls"
	"fmt"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"user-api/clients/go/authz/authzgrpc"
	"user-api/clients/go/authz/authztest"
)

// zrpcServer has the methods of go-zero's zrpc.RpcServer that are used here.
type zrpcServer struct {
	unary  []grpc.UnaryServerInterceptor
	stream []grpc.StreamServerInterceptor
}

func (s *zrpcServer) AddUnaryInterceptors(more ...grpc.UnaryServerInterceptor) {
	s.unary = append(s.unary, more...)
}

func (s *zrpcServer) AddStreamInterceptors(more ...grpc.StreamServerInterceptor) {
	s.stream = append(s.stream, more...)
}

func TestExample_zrpc(t *testing.T) {
	auth, server := authztest.New(t).Auth(), &zrpcServer{}

	server.AddUnaryInterceptors(authzgrpc.Unary(auth, authzgrpc.Role("admin", "/orders.Orders/Remove")))
	server.AddStreamInterceptors(authzgrpc.Stream(auth))

	if len(server.unary) != 1 || len(server.stream) != 1 {
		t.Errorf("the server has %+v", server)
	}
}

func Example_client() {
	target, tls := "dns:///stock.example.com:443", credentials.NewTLS(&tls.Config{})

	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(tls),
		grpc.WithUnaryInterceptor(authzgrpc.UnaryClient()), grpc.WithStreamInterceptor(authzgrpc.StreamClient()))

	fmt.Println(conn.Target(), err)
	// Output: dns:///stock.example.com:443 <nil>
}
