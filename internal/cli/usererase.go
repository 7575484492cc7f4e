package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
	"user-api/model"
)

func (r *run) userEraseCommand() *cobra.Command {
	var to target
	var yes bool
	c := &cobra.Command{
		Use:   "erase",
		Short: "Erase an account permanently",
		Long: `erase erases an account as its user could: the row, the password, the sessions, and the
data in Redis. On a terminal it asks for confirmation; otherwise --yes is required.`,
		Example: "  user-api user erase --phone +919812345678 --yes",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !yes && !r.terminal(r.In) {
				return misused("erase: this cannot be undone, and there is no terminal for confirmation: add --yes")
			}
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				if !yes {
					if err := r.confirm(ctx, fmt.Sprintf("Erase user %d permanently?", u.Id)); err != nil {
						return err
					}
				}
				return s.Signin.Erase(ctx, u.Id)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().BoolVar(&yes, "yes", false, "do not ask for confirmation")
	return c
}
