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
		Short: "Ask the service on this host whether it lives",
		Long: `health asks the service that runs on this host with the same configuration, for health
checks of containers, where there is no other program. Its exit status is 1 unless the
service answers. With --ready it has to be ready to serve, which a node that drains is not.`,
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
	c.Flags().BoolVar(&ready, "ready", false, "ask whether it is ready to serve")
	return c
}
