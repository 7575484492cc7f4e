package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
)

func (r *run) pruneCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "prune",
		Short: "Delete expired events and message timelines",
		Long: `prune deletes events and timelines whose retention has ended. Run it as a database user
with the right to delete, which the service's own user need not have.`,
		Example: "  user-api admin prune -f etc/user-api.pro.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				shown := r.progress("rows deleted")
				events, steps, err := s.PruneRecords(ctx, func(rows int) { shown.at(rows, 0) })
				shown.done()
				if err != nil {
					return err
				}
				return r.print(fmt.Sprintf("prune: %d events, %d steps of messages\n", events, steps), pruned{Events: events, Steps: steps})
			})
		},
	}
	r.jsonFlag(c)
	return c
}

// pruned is the JSON output.
type pruned struct {
	Events int `json:"events"`
	Steps  int `json:"steps"`
}
