package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/svc"
	"user-api/internal/types"
	"user-api/model"
)

// userCommand groups the operations on one account.
func (r *run) userCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "user",
		Short: "Show, create, change and erase accounts",
		Long: `user shows and changes one account while the service is running, which follows within
seconds. The account is given by --id, --phone, --email or --username. The audit trail
records who did it, as cli:NAME@HOST.`,
		Example: "  user-api user show --phone +919812345678\n  user-api user role admin --username ann",
	},
		r.userShowCommand(),
		r.userCreateCommand(),
		r.userInviteCommand(),
		r.userBanCommand("user ban"),
		r.userUnbanCommand("user unban"),
		r.userRoleCommand(),
		r.userMfaResetCommand(),
		r.userSessionsCommand(),
		r.userExportCommand(),
		r.userEraseCommand(),
		r.userImportCommand(),
	)
}

type (
	// change is an operation on one user.
	change func(context.Context, *svc.ServiceContext, *model.User) error

	// userResult is the JSON output of a change.
	userResult struct {
		ID   int64  `json:"id"`
		Done string `json:"done"`
	}
)

// change runs an operation on one user and prints that it is done.
func (r *run) change(c *cobra.Command, to target, do change) error {
	return r.withUser(c.Context(), to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
		if err := do(ctx, s, u); err != nil {
			return err
		}
		return r.printResult(c.Name(), u.Id)
	})
}

func (r *run) printResult(done string, id int64) error {
	return r.print(fmt.Sprintf("%s: user %d\n", done, id), userResult{ID: id, Done: done})
}

func setRole(role string) change {
	return func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
		return s.Signin.SetRole(ctx, u.Id, role)
	}
}

// userBanCommand returns the command ban. words is its path in the tree.
func (r *run) userBanCommand(words string) *cobra.Command {
	var to target
	var reason string
	var lasts time.Duration
	c := &cobra.Command{
		Use:   "ban",
		Short: "Ban a user and end their sessions",
		Long:  "ban ends every session of a user and prevents new ones, for a time or until unban.",
		Example: "  user-api " + words + " --username ann\n" +
			"  user-api " + words + " --id 4503599627370496 --for 72h --reason 'fraud, case 17'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := (&types.BanReq{Reason: reason}).Validate(); err != nil {
				return misused("ban: --reason must have 1 to 255 characters")
			}
			if lasts < 0 {
				return misused("ban: --for must not be negative")
			}
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				var until time.Time
				if lasts > 0 {
					until = s.Now().Add(lasts)
				}
				return s.Signin.Ban(ctx, u.Id, reason, until)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	c.Flags().StringVar(&reason, "reason", "by the operator", "the reason, which administrators see")
	c.Flags().DurationVar(&lasts, "for", 0, "how long, for example 72h; 0 means permanently")
	return c
}

func (r *run) userUnbanCommand(words string) *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:     "unban",
		Short:   "Lift a ban",
		Long:    "unban lifts a ban and a lock after too many wrong passwords. Sessions that the ban ended stay ended.",
		Example: "  user-api " + words + " --username ann",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.change(c, to, func(ctx context.Context, s *svc.ServiceContext, u *model.User) error {
				return s.Signin.Unban(ctx, u.Id)
			})
		},
	}
	to.flags(c)
	r.jsonFlag(c)
	return c
}

func (r *run) userRoleCommand() *cobra.Command {
	var to target
	c := &cobra.Command{
		Use:       "role admin|user",
		Short:     "Give a user a role",
		Long:      "role gives a user a role. It creates the first administrator.",
		Example:   "  user-api user role admin --phone +919812345678",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{model.RoleAdmin, model.RoleUser},
		RunE:      func(c *cobra.Command, words []string) error { return r.change(c, to, setRole(words[0])) },
	}
	to.flags(c)
	r.jsonFlag(c)
	return c
}
