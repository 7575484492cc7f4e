// Command user-api is the sign-in service: `go run user.go -f etc/user-api.yaml`. `go run
// user.go help` lists its other commands.
package main

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"time"

	"user-api/internal/cli"
	"user-api/internal/httpapi"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Rand: rand.Reader, Now: time.Now, DNS: net.DefaultResolver,
		Exit: os.Exit, SetUpLog: httpapi.SetUpLog,
	}))
}
