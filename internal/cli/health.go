package cli

import (
	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/server"
)

func (r *run) healthCommand() *cobra.Command {
	var ready bool
	c := &cobra.Command{
		Use:   "health",
		Short: "Check whether the service on this host is alive",
		Long: `health queries the service that runs on this host with the same configuration. It is meant
for container health checks, where no other program is available. The exit status is 1
unless the service responds. With --ready the service must also be ready to serve, which a
draining node is not.`,
		Example: "  user-api health -f /etc/user-api/user-api.yaml --ready",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := config.Load(r.file)
			if err != nil {
				return err
			}
			return server.Ask(c.Context(), conf, ready)
		},
	}
	c.Flags().BoolVar(&ready, "ready", false, "require that it is ready to serve")
	return c
}
