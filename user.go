// Command user-api is the sign-in service: `go run user.go -f etc/user-api.yaml`.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"

	"user-api/internal/config"
	"user-api/internal/httpapi"
	"user-api/internal/server"
	"user-api/internal/svc"
)

func main() {
	file := flag.String("f", "etc/user-api.yaml", "the configuration file")
	flag.Parse()
	if err := run(*file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(file string) (err error) {
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
