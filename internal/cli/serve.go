package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/server"
	"user-api/internal/svc"
)

func (r *run) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve until SIGTERM or SIGINT",
		Long: `serve starts the service; it is the default command. It stops on SIGTERM or SIGINT:
readiness turns off, active requests are finished, and the exit status is 0.`,
		Example: "  user-api serve -f etc/user-api.pro.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r.began = true
			// go-zero handles the signals, so the context of the process stays valid.
			return r.serve(context.WithoutCancel(c.Context()))
		},
	}
}

func (r *run) serve(ctx context.Context) (err error) {
	c, err := config.Load(r.file)
	if err != nil {
		return err
	}
	if err := c.FillSecrets(r.Rand); err != nil {
		return err
	}
	if r.SetUpLog != nil {
		if err := r.SetUpLog(r.Out, c.Log.Level, c.Log.Encoding); err != nil {
			return err
		}
	}
	service, err := svc.NewServiceContext(ctx, c, svc.Options{})
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
	fmt.Fprint(r.Out, greeting(c, service.Web.Paths()))
	go debug.FreeOSMemory() // starting needs twice the heap that serving does
	return web.Start()
}

// greeting returns the URL of the service, its pages, and where to find messages that are
// not sent. It contains no secret.
func greeting(c config.Config, pages []string) string {
	url := server.URL(c)
	text := fmt.Sprintf("%s starts: %s\n", c.Name, url)
	for _, page := range pages {
		text += fmt.Sprintf("Page: %s%s\n", url, page)
	}
	if c.Mode != config.ModePro && c.Uses(config.ProviderInbox) {
		text += fmt.Sprintf("Messages are not sent; they are in the inbox: %s/dev/inbox\n", url)
	}
	return text
}
