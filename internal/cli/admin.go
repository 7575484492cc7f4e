package cli

import (
	"github.com/spf13/cobra"

	"user-api/model"
)

// adminCommand is the predecessor of `user` and shares its code.
func (r *run) adminCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "admin",
		Short: "Change a user's role or ban, and delete old records",
		Long: `admin changes one user while the service is running, which follows within seconds, and
deletes expired records. The audit trail records who did it. The command user does the
same and more.`,
		Example: "  user-api admin grant --phone +919812345678 --role admin",
	}, r.grantCommand(), r.userBanCommand("admin ban"), r.userUnbanCommand("admin unban"), r.pruneCommand())
}

func (r *run) grantCommand() *cobra.Command {
	var to target
	var role string
	c := &cobra.Command{
		Use:     "grant",
		Short:   "Give a user a role",
		Long:    "grant gives a user a role. It creates the first administrator.",
		Example: "  user-api admin grant --phone +919812345678 --role admin",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if role != model.RoleAdmin && role != model.RoleUser {
				return misused("there is no role %q", role)
			}
			return r.change(c, to, setRole(role))
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().StringVar(&role, "role", "", "the role: admin or user")
	_ = c.MarkFlagRequired("role")
	return c
}
