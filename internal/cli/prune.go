package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (r *run) pruneCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "prune",
		Short: "Delete events and timelines of messages that are old enough",
		Long: `prune deletes events and timelines that are older than the configuration keeps them, as
a database user who may: the service's own need not have that right.`,
		Example: "  user-api admin prune -f etc/user-api.pro.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			service, err := r.open(c.Context())
			if err != nil {
				return err
			}
			defer service.Close()
			shown := r.progress("rows deleted")
			events, steps, err := service.PruneRecords(c.Context(), func(rows int) { shown.at(rows, 0) })
			shown.done()
			if err != nil {
				return err
			}
			return r.print(fmt.Sprintf("prune: %d events, %d steps of messages\n", events, steps), pruned{Events: events, Steps: steps})
		},
	}
	r.jsonFlag(c)
	return c
}

// pruned is how a prune is told to a program.
type pruned struct {
	Events int `json:"events"`
	Steps  int `json:"steps"`
}
