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
		Short: "Erase an account for good",
		Long: `erase erases an account as its user could: the row, the password, the sessions, and
what Redis holds. It asks first, on a terminal; elsewhere --yes must be said.`,
		Example: "  user-api user erase --phone +919812345678 --yes",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !yes && !r.terminal(r.In) {
				return misused("erase: this cannot be undone, and nobody can be asked: say --yes")
			}
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				if !yes {
					if err := r.confirm(ctx, fmt.Sprintf("Erase user %d for good?", u.Id)); err != nil {
						return err
					}
				}
				return s.Signin.Erase(ctx, u.Id)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}
