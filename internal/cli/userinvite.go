package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"user-api/internal/invite"
	"user-api/internal/signin"
	"user-api/internal/svc"
)

func (r *run) userInviteCommand() *cobra.Command {
	var to signin.InviteRequest
	c := &cobra.Command{
		Use:   "invite",
		Short: "Create an invite and show its code once",
		Long: `invite creates a code with which one account can be created if Accounts.SignUp is invite:
for one phone number, for one email address, or for anyone who has the code.`,
		Example: "  user-api user invite --email ann@example.com --for 168h",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to.Life < time.Minute || to.Life > invite.MaxLife {
				return misused("--for must be between 1m and %.0fh", invite.MaxLife.Hours())
			}
			return r.withService(c.Context(), func(ctx context.Context, s *svc.ServiceContext) error {
				made, err := s.Signin.Invite(ctx, to)
				if err != nil {
					return err
				}
				return r.print(fmt.Sprintf("invite: %s\nends:   %s UTC\n", made.Code, made.Expires.UTC().Format(minute)), map[string]any{
					"invite": made.Code, "expiresAt": made.Expires.Unix(),
				})
			})
		},
	}
	c.Flags().StringVar(&to.Phone, "phone", "", "only for this phone number")
	c.Flags().StringVar(&to.Email, "email", "", "only for this email address")
	c.Flags().DurationVar(&to.Life, "for", invite.DefaultLife, "how long the invite is valid")
	c.MarkFlagsMutuallyExclusive("phone", "email")
	r.jsonFlag(c)
	return c
}
