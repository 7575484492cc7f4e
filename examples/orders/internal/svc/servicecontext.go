package svc

import (
	"time"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/config"
	"user-api/examples/orders/internal/store"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/rest"
)

type ServiceContext struct {
	Config   config.Config
	Orders   *store.Orders
	Optional rest.Middleware
	Auth     rest.Middleware
	Fresh    rest.Middleware
	Admin    rest.Middleware
}

func NewServiceContext(c config.Config) *ServiceContext {
	auth, err := authz.New(c.Auth.Issuer, authz.Client(c.Auth.ClientId, c.Auth.ClientSecret))
	logx.Must(err)
	return ProtectedBy(c, auth)
}

// ProtectedBy is separate for tests, which have their own issuer.
func ProtectedBy(c config.Config, auth *authz.Auth) *ServiceContext {
	return &ServiceContext{
		Config:   c,
		Orders:   &store.Orders{},
		Optional: auth.Optional,
		Auth:     auth.Middleware,
		Fresh:    auth.RequireFresh(10 * time.Minute),
		Admin:    auth.RequireRole("admin"),
	}
}
