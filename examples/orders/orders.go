package main

import (
	"flag"
	"fmt"
	"net/http"

	"user-api/clients/go/authz"
	"user-api/examples/orders/internal/config"
	"user-api/examples/orders/internal/handler"
	"user-api/examples/orders/internal/svc"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/rest"
)

var configFile = flag.String("f", "etc/orders.yaml", "the config file")

func main() {
	flag.Parse()

	var c config.Config
	conf.MustLoad(*configFile, &c)

	server := rest.MustNewServer(c.RestConf)
	defer server.Stop()

	ctx := svc.NewServiceContext(c)
	handler.RegisterHandlers(server, ctx)

	fmt.Printf("Starting server at %s:%d...\n", c.Host, c.Port)
	server.StartWithOpts(func(s *http.Server) { s.Handler = authz.HideToken(s.Handler) })
}
