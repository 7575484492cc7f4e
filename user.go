// Command user-api is the sign-in service: `go run user.go -f etc/user-api.yaml`.
// `go run user.go admin` lists the operator's commands, and `go run user.go doctor`
// looks for what is wrong; `go run user.go migrate status` tells how far the tables
// are, `go run user.go numbers check` which numbers have left their plan, and
// `go run user.go guard replay` what the conversion guard would have done.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/cli"
	"user-api/internal/config"
	"user-api/internal/httpapi"
	"user-api/internal/server"
	"user-api/internal/svc"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "admin":
			exit(cli.Admin(context.Background(), os.Args[2:], os.Stdout, rand.Reader))
		case "guard":
			logx.Disable()
			exit(cli.Guard(context.Background(), os.Args[2:], os.Stdout, time.Now))
		case "migrate":
			logx.Disable()
			exit(cli.Migrate(context.Background(), os.Args[2:], os.Stdout))
		case "numbers":
			logx.Disable()
			exit(cli.Numbers(context.Background(), os.Args[2:], os.Stdout, rand.Reader))
		case "doctor":
			logx.Disable() // doctor itself says what it finds
			exit(cli.Doctor(context.Background(), os.Args[2:], os.Stdout, time.Now, rand.Reader, net.DefaultResolver))
		}
	}
	file := flag.String("f", "etc/user-api.yaml", "the configuration file")
	flag.Parse()
	exit(serve(*file))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve(file string) (err error) {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	if err := c.FillSecrets(rand.Reader); err != nil {
		return err
	}
	if err := httpapi.SetUpLog(os.Stdout, c.Log.Level, c.Log.Encoding); err != nil {
		return err
	}
	service, err := svc.NewServiceContext(context.Background(), c, svc.Options{})
	if err != nil {
		return err
	}
	web, err := server.New(service)
	if err != nil {
		return err
	}
	if err := service.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	fmt.Printf("Starting %s at %s:%d ...\n", c.Name, c.Host, c.Port)
	return web.Start()
}
